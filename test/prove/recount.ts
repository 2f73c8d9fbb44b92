/** That a running service holds what it should, by every way of asking. */
import assert from "node:assert/strict";
import type { Message } from "../../src/message.ts";
import { post, request } from "../support/client.ts";
import { webhookResults } from "../support/figures.ts";
import { encode, list, walk } from "../support/listing.ts";
import { matches, Model, type ModelFilter } from "../support/model.ts";
import type { Random } from "../support/random.ts";
import { assertKept } from "../support/sender.ts";
import { assertGone, assertLate } from "./gone.ts";
import { PERSONS, type ProofLoad, RECIPIENTS, SENDERS, WORDS } from "./load.ts";

const FILTERS = 8;
const RESENT = 10;
const PAGE_MESSAGES = 100;

/** Throws an AssertionError that names what is wrong; counts what is listed anew, by every other way of asking. */
export async function assertWhole(url: string, load: ProofLoad, random: Random): Promise<void> {
  const { pages } = await walk(url, `limit=${PAGE_MESSAGES}`);
  const listed = pages.flatMap(({ data }) => data);
  for (const { total } of pages) assert.equal(total, listed.length, "a page's total");
  assertKept(listed, { sent: load.sent, acknowledged: load.kept() });
  await assertGone(url, load, listed, random);
  const model = new Model();
  for (const message of listed) model.append(message);
  assert.deepEqual(listed, model.find(), "the order of the list");
  const stats = model.stats();
  assert.deepEqual((await request(`${url}/stats`)).json, stats, "the figures of /stats");
  for (let count = 0; count < FILTERS; count += 1) await assertFiltered(url, listed, filterOf(random));
  await assertResent(url, load, random);
  await assertLate(url, load, random);
  assert.deepEqual((await request(`${url}/stats`)).json, stats, "the figures after sending again");
  load.erasures.settle(load.acknowledged, new Set(listed.map(({ message_id }) => message_id)));
}

/** Each single member often enough, and pairs of them. */
function filterOf(random: Random): ModelFilter {
  const members: ModelFilter[] = [
    { from: random.pick([...SENDERS, ...PERSONS]) },
    { to: random.pick(RECIPIENTS) },
    { since: `2025-01-15T10:0${random.below(3)}:30Z` },
    { until: `2025-01-15T10:02:${10 + random.below(50)}.5Z` },
    { q: needle(random) },
    { q: needle(random) },
  ];
  return random.below(2) === 0 ? random.pick(members) : { ...random.pick(members), ...random.pick(members) };
}

/** One, two, three or more code points out of any script, in another case. */
function needle(random: Random): string {
  const points = Array.from(random.pick(WORDS));
  const start = random.below(points.length);
  const cut = points.slice(start, start + 1 + random.below(5)).join("");
  return random.below(2) === 0 ? cut : cut.toLowerCase();
}

/** `listed` is in order, so that what matches is too. */
async function assertFiltered(url: string, listed: readonly Message[], filter: ModelFilter): Promise<void> {
  const expected = listed.filter((message) => matches(message, filter));
  const what = JSON.stringify(filter);
  for (const order of ["asc", "desc"] as const) {
    const inOrder = order === "asc" ? expected : expected.toReversed();
    const page = await list(url, encode({ ...filter, order, limit: String(PAGE_MESSAGES) }));
    assert.equal(page.total, expected.length, `the total of ${what}`);
    assert.deepEqual(page.data, inOrder.slice(0, PAGE_MESSAGES), `the page of ${what}, ${order}`);
  }
}

/** What was acknowledged is a duplicate from then on, and another content of it a conflict. */
async function assertResent(url: string, load: ProofLoad, random: Random): Promise<void> {
  const kept = [...load.kept()];
  const ids = Array.from({ length: Math.min(RESENT, kept.length) }, () => random.pick(kept));
  const before = await webhookResults(url);
  for (const id of ids) {
    const message = load.sent.get(id) as Message;
    assert.equal((await post(url, message)).status, 200);
    assert.equal((await post(url, load.conflictOf(id))).status, 200);
    const { json } = await request(`${url}/messages/${id}`);
    assert.deepEqual(json, message, `${id} by its id`);
  }
  const after = await webhookResults(url);
  const grown = (result: "created" | "duplicate" | "conflict"): number =>
    (after[result] ?? 0) - (before[result] ?? 0);
  assert.deepEqual(
    { created: grown("created"), duplicate: grown("duplicate"), conflict: grown("conflict") },
    { created: 0, duplicate: ids.length, conflict: ids.length },
    "what became of messages that were sent again",
  );
}
