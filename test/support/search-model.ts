/** What a plain list answers to a question, and whether a store answers the same. Shares no code with src/. */
import assert from "node:assert/strict";
import type { Message, Page, Position } from "../../src/message.ts";
import type { Store } from "../../src/store/store.ts";
import { filterOf, positionOf } from "../contract/places.ts";
import { comparePlaces, matches } from "./model.ts";
import type { Question } from "./search-question.ts";

/** A walk to the end takes no more pages than this, each as large as it must be then. */
const PAGES_WALKED_MAX = 8;

const sorted = new WeakMap<readonly Message[], Message[]>();

/** All of the messages that match, in order. */
export function expectedOf(messages: readonly Message[], { filter, order }: Question): Message[] {
  let inOrder = sorted.get(messages);
  if (inOrder === undefined) sorted.set(messages, (inOrder = messages.toSorted(comparePlaces)));
  const found = inOrder.filter((message) => matches(message, filter));
  return order === "asc" ? found : found.toReversed();
}

/**
 * Asserts that a store which holds these messages, and no others, answers as a plain list would: the page at the offset,
 * the page behind the cursor of the message before it, and all pages by cursor from the first to the last.
 */
export async function agreesWithModel(
  store: Store,
  messages: readonly Message[],
  question: Question,
): Promise<void> {
  const expected = expectedOf(messages, question);
  const { order, limit, offset } = question;
  const filter = filterOf(question.filter);
  const page = pageOf(expected, offset, limit);
  const asked = JSON.stringify(question);
  assert.deepEqual(
    await store.find(filter, { order, limit, offset }),
    page,
    `${asked}: the page at the offset`,
  );

  const before = expected[offset - 1];
  if (before !== undefined) {
    const behind = { order, limit, offset: 0, after: positionOf(before) };
    assert.deepEqual(await store.find(filter, behind), page, `${asked}: the page behind the cursor`);
  }

  const walked = Math.max(limit, Math.ceil(expected.length / PAGES_WALKED_MAX));
  let after: Position | null = null;
  let seen = 0;
  do {
    const found: Page = await store.find(filter, {
      order,
      limit: walked,
      offset: 0,
      ...(after !== null && { after }),
    });
    assert.deepEqual(
      found,
      pageOf(expected, seen, walked),
      `${asked}: by cursor, ${walked} a page, behind ${seen}`,
    );
    seen += found.data.length;
    after = found.next;
  } while (after !== null);
}

function pageOf(expected: readonly Message[], from: number, limit: number): Page {
  const data = expected.slice(from, from + limit);
  const last = data.at(-1);
  const next = last !== undefined && from + limit < expected.length ? positionOf(last) : null;
  return { data, total: expected.length, next };
}
