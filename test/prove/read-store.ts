/** Opens files that were left by a crash, and says what is wrong with what they hold. */
import assert from "node:assert/strict";
import type { Message } from "../../src/message.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { Model } from "../support/model.ts";
import { assertSound } from "./inbox.ts";

const PAGE_MESSAGES = 500;

interface Expected {
  /** Ids that must be there. */
  readonly must: readonly string[];
  /** Ids that must not. */
  readonly gone: readonly string[];
  /** Everything that may be there. */
  readonly sent: ReadonlyMap<string, Message>;
}

/** Null when all is well. */
export async function readStore(path: string, expected: Expected): Promise<string | null> {
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  try {
    const store = await openSqliteStore(path, { now: Date.now, readTimeoutMs: 60_000, onFailure: fail });
    try {
      // Behind the calls it would try again for ever.
      await Promise.race([assertHolds(store, expected), failed]);
    } finally {
      await store.close();
    }
    assertSound(path);
    return null;
  } catch (error) {
    return String(error);
  }
}

async function assertHolds(store: Store, { must, gone, sent }: Expected): Promise<void> {
  const listed = await listAll(store);
  const model = new Model();
  for (const message of listed) {
    assert.deepEqual(message, sent.get(message.message_id), "it holds what was not sent");
    assert.equal(model.append(message), "created", `${message.message_id} is there twice`);
  }
  const lost = must.filter((id) => model.get(id) === undefined);
  assert.deepEqual(lost, [], "acknowledged and not there");
  const back = gone.filter((id) => model.get(id) !== undefined);
  assert.deepEqual(back, [], "erased and still there");
  assert.deepEqual(await store.stats(), model.stats());
  const erased = gone.at(-1);
  if (erased !== undefined) await assertErased(store, sent.get(erased) as Message);
  const last = must.at(-1);
  if (last !== undefined) assert.deepEqual(await store.get(last), sent.get(last));
}

async function assertErased(store: Store, message: Message): Promise<void> {
  const { message_id } = message;
  assert.equal(await store.get(message_id), null);
  const { data, total } = await store.find({ q: message_id }, { limit: 1, offset: 0, order: "asc" });
  assert.deepEqual({ data, total }, { data: [], total: 0 }, `${message_id} by its text`);
  assert.deepEqual(await store.append([message]), ["duplicate"], `${message_id}, sent again`);
  assert.equal(await store.get(message_id), null, `${message_id}, sent again`);
}

async function listAll(store: Store): Promise<Message[]> {
  const listed: Message[] = [];
  let page = await store.find({}, { limit: PAGE_MESSAGES, offset: 0, order: "asc" });
  for (;;) {
    listed.push(...page.data);
    if (page.next === null) break;
    page = await store.find({}, { limit: PAGE_MESSAGES, offset: 0, order: "asc", after: page.next });
  }
  assert.equal(page.total, listed.length, "the total");
  return listed;
}
