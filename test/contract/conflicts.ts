import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { ConflictPlace, ConflictRecord, ConflictsRequest } from "../../src/store/conflict.ts";
import type { Store } from "../../src/store/store.ts";
import { seededRandom } from "../support/random.ts";
import { sampleMessage } from "../support/sample.ts";
import { type CreateDatabase, openEmpty } from "./database.ts";

function hashOf(text: string): string {
  const { from, to, ts } = sampleMessage();
  return createHash("sha256")
    .update(JSON.stringify([from, to, ts, text]))
    .digest("hex");
}

/** Every page from the first on, by its `next`. */
async function pagesOf(store: Store, request: ConflictsRequest): Promise<ConflictRecord[][]> {
  const pages: ConflictRecord[][] = [];
  for (let after: ConflictPlace | undefined; ;) {
    const { data, next } = await store.conflicts({ ...request, ...(after && { after }) });
    pages.push([...data]);
    if (next === null) return pages;
    assert.ok(pages.length < 100, "the pages come to an end");
    after = next;
  }
}

export function conflictPromises(create: CreateDatabase): void {
  test("there are none at first, and a duplicate is none", async (t) => {
    const store = await openEmpty(t, create);
    await store.append([sampleMessage(), sampleMessage()]);
    assert.deepEqual(await store.conflicts({ limit: 10 }), { data: [], next: null });
  });

  test("one that was answered before the call is there, and once more it is counted and moves to the front", async (t) => {
    const database = await create(t);
    let nowMs = 1_000;
    const store = await database.open(() => nowMs);
    const send = (text: string): Promise<unknown> => store.append([sampleMessage({ text })]);
    await send("first");
    await send("second");
    const second = {
      message_id: "m1",
      firstHash: hashOf("first"),
      laterHash: hashOf("second"),
      differs: "text",
      firstMs: 1_000,
      lastMs: 1_000,
      times: 1,
    };
    assert.deepEqual((await store.conflicts({ limit: 10 })).data, [second]);
    nowMs = 2_000;
    await send("third");
    const third = { ...second, laterHash: hashOf("third"), firstMs: 2_000, lastMs: 2_000 };
    assert.deepEqual((await store.conflicts({ limit: 10 })).data, [third, second]);
    nowMs = 3_000;
    await send("second");
    const again = { ...second, lastMs: 3_000, times: 2 };
    assert.deepEqual((await store.conflicts({ limit: 10 })).data, [again, third]);
  });

  test("of any moment, message and page they are those of a plain list, none twice and none left out", async (t) => {
    const database = await create(t);
    const random = seededRandom(t, "CONFLICTS_SEED");
    let nowMs = 0;
    const store = await database.open(() => nowMs);
    // Names that another order than that of bytes would put elsewhere.
    const ids = ["a", "B", "b", "é", "z", "😀", "\uffee", "a b"];
    await store.append(ids.map((message_id) => sampleMessage({ message_id, text: "first" })));
    const kept = new Map<string, { id: string; later: string; lastMs: number; times: number }>();
    for (let count = 0; count < 120; count += 1) {
      nowMs = random.below(20);
      const message_id = random.pick(ids);
      const text = `later ${random.below(6)}`;
      await store.append([sampleMessage({ message_id, text })]);
      const later = hashOf(text);
      const before = kept.get(`${message_id} ${later}`);
      // The clock may go back; the last time does not.
      const lastMs = Math.max(nowMs, before?.lastMs ?? 0);
      kept.set(`${message_id} ${later}`, {
        id: message_id,
        later,
        lastMs,
        times: (before?.times ?? 0) + 1,
      });
    }
    const bytes = (id: string): Buffer => Buffer.from(id);
    const all = [...kept.values()].toSorted(
      (a, b) =>
        b.lastMs - a.lastMs || Buffer.compare(bytes(b.id), bytes(a.id)) || (a.later < b.later ? 1 : -1),
    );
    for (const messageId of [undefined, ...ids, "nothing", "\ud800", "a\0"]) {
      for (const sinceMs of [undefined, 0, 7, 19, 20]) {
        const expected = all
          .filter(({ id }) => messageId === undefined || id === messageId)
          .filter(({ lastMs }) => sinceMs === undefined || lastMs >= sinceMs)
          .map(({ id, later, lastMs, times }) => [id, later, lastMs, times]);
        const request = {
          ...(messageId !== undefined && { messageId }),
          ...(sinceMs !== undefined && { sinceMs }),
        };
        for (const limit of [1, 7, 1_000]) {
          const pages = await pagesOf(store, { ...request, limit });
          const found = pages
            .flat()
            .map((each) => [each.message_id, each.laterHash, each.lastMs, each.times]);
          assert.deepEqual(found, expected, `${messageId} since ${sinceMs}, ${limit} a page`);
          assert.equal(pages.length, Math.max(1, Math.ceil(expected.length / limit)));
        }
      }
    }
  });
}
