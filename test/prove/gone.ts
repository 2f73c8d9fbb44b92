/** That what was erased is nowhere any more, by every way of asking a running service. */
import assert from "node:assert/strict";
import type { Message } from "../../src/message.ts";
import { post, request } from "../support/client.ts";
import { webhookResults } from "../support/figures.ts";
import { list } from "../support/listing.ts";
import type { Random } from "../support/random.ts";
import type { ProofLoad } from "./load.ts";

/** Asked for one by one, of those that were erased, and of those of which that is not known. */
const ASKED_FOR = 5;

/** `listed` is all there is. What an erasure that was cut short meant is there, or is not: each way of asking must say the same. */
export async function assertGone(
  url: string,
  { erasures }: ProofLoad,
  listed: readonly Message[],
  random: Random,
): Promise<void> {
  assert.deepEqual(erasures.broken, []);
  const there = new Map(listed.map((message) => [message.message_id, message]));
  const erased = [...erasures.erasedNanos.keys()];
  assert.deepEqual(
    erased.filter((id) => there.has(id)),
    [],
    "erased and still there",
  );
  const inDoubt = [...erasures.askedNanos.keys()].filter((id) => !erasures.erasedNanos.has(id));
  for (const id of [...someOf(erased, random), ...someOf(inDoubt, random)]) {
    const message = there.get(id);
    const { status, json } = await request(`${url}/messages/${id}`);
    assert.deepEqual(
      [status, status === 200 ? json : undefined],
      message === undefined ? [404, undefined] : [200, message],
      `${id} by its id`,
    );
    const found = message === undefined || message.text === null ? [] : [message];
    const { data, total } = await list(url, { q: id });
    assert.deepEqual({ data, total }, { data: found, total: found.length }, `${id} by its text`);
    const conflicts = (await request(`${url}/conflicts?message_id=${id}`)).json as { data: object[] };
    if (message === undefined) assert.deepEqual(conflicts.data, [], `the conflicts of ${id}`);
  }
}

/** What comes again of what was erased is a duplicate, and stays away. */
export async function assertLate(url: string, load: ProofLoad, random: Random): Promise<void> {
  const ids = someOf([...load.erasures.erasedNanos.keys()], random);
  const before = await webhookResults(url);
  for (const id of ids) {
    assert.equal((await post(url, load.sent.get(id) as Message)).status, 200);
    assert.equal((await post(url, load.conflictOf(id))).status, 200);
    assert.equal(
      (await request(`${url}/messages/${id}`)).status,
      404,
      `${id}, sent again behind its erasure`,
    );
  }
  const after = await webhookResults(url);
  const duplicates = (before.duplicate ?? 0) + 2 * ids.length;
  assert.deepEqual(
    after,
    duplicates === 0 ? before : { ...before, duplicate: duplicates },
    "what became of erased messages that were sent again",
  );
}

function someOf(ids: readonly string[], random: Random): string[] {
  return Array.from({ length: Math.min(ASKED_FOR, ids.length) }, () => random.pick(ids));
}
