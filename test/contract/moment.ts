import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../../src/store/store.ts";
import { Model } from "../support/model.ts";
import { sampleMessage } from "../support/sample.ts";
import { type CreateDatabase, EVERYTHING, openEmpty } from "./database.ts";

/** Runs `look` again and again until `busy` is done, and at least once. */
async function whileBusy(busy: Promise<unknown>, look: () => Promise<void>): Promise<void> {
  const state = { isBusy: true };
  const done = busy.finally(() => (state.isBusy = false));
  do await look();
  while (state.isBusy);
  await done;
}

/** Batches of many sizes, from several callers at once. */
function appendMany(store: Store, batches: number): Promise<unknown> {
  const caller = async (name: string): Promise<void> => {
    for (let batch = 0; batch < batches; batch += 1) {
      const messages = Array.from({ length: 1 + (batch % 9) }, (_, index) =>
        sampleMessage({ message_id: `${name} ${batch} ${index}`, from: name }),
      );
      await store.append(messages);
    }
  };
  return Promise.all(["one", "two", "three"].map(caller));
}

export function momentPromises(create: CreateDatabase): void {
  test("what an append resolved for is seen at once by find, get, stats and timeline", async (t) => {
    const store = await openEmpty(t, create);
    const caller = async (from: string): Promise<void> => {
      for (let count = 1; count <= 40; count += 1) {
        const message = sampleMessage({ message_id: `${from} ${count}`, from });
        await store.append([message]);
        const [got, page, stats, buckets] = await Promise.all([
          store.get(message.message_id),
          store.find({ from, q: "hello" }, { limit: 1, offset: count - 1, order: "asc" }),
          store.stats(),
          store.timeline({ bucket: "hour", limit: 1, from }),
        ]);
        assert.deepEqual(got, message);
        assert.equal(page.total, count);
        assert.equal(page.data.length, 1);
        assert.equal(buckets[0]?.count, count);
        assert.equal(stats.top_senders.find((sender) => sender.from === from)?.count, count);
      }
    };
    await Promise.all(["a", "b", "c", "d"].map(caller));
  });

  test("who allows an age may miss what is newer, and nothing that is older or was seen before", async (t) => {
    const store = await openEmpty(t, create);
    const maxAgeMs = 100;
    const acknowledged: { readonly atMs: number; readonly count: number }[] = [{ atMs: -maxAgeMs, count: 0 }];
    const caller = async (from: string): Promise<void> => {
      for (let batch = 0; batch < 60; batch += 1) {
        const messages = Array.from({ length: 50 }, (_, index) =>
          sampleMessage({ message_id: `${from} ${batch} ${index}`, from }),
        );
        await store.append(messages);
        const before = acknowledged.at(-1)?.count ?? 0;
        acknowledged.push({ atMs: performance.now(), count: before + messages.length });
      }
    };
    let seen = 0;
    await whileBusy(Promise.all(["a", "b", "c"].map(caller)), async () => {
      const sinceMs = performance.now() - maxAgeMs;
      const older = acknowledged.findLast(({ atMs }) => atMs <= sinceMs)?.count ?? 0;
      const least = Math.max(seen, older);
      const { total } = await store.find({}, { limit: 1, offset: 0, order: "desc" }, maxAgeMs);
      const { total_messages } = await store.stats(maxAgeMs);
      const buckets = await store.timeline({ bucket: "day", limit: 9 }, maxAgeMs);
      const counted = buckets.reduce((sum, { count }) => sum + count, 0);
      assert.ok(total >= least, `${total} of at least ${least}`);
      assert.ok(total_messages >= total && counted >= total_messages);
      seen = counted;
    });
    const { total } = await store.find({}, { limit: 1, offset: 0, order: "desc" });
    assert.equal(total, 60 * 50 * 3);
  });

  test("page and total are of one moment while appends go on", async (t) => {
    const store = await openEmpty(t, create);
    let seen = 0;
    await whileBusy(appendMany(store, 60), async () => {
      const { data, total, next } = await store.find({}, EVERYTHING);
      assert.equal(data.length, total);
      assert.equal(next, null);
      assert.ok(total >= seen, "no later moment holds less");
      seen = total;
    });
  });

  test("next is of the same moment as its page while appends go on", async (t) => {
    const store = await openEmpty(t, create);
    await whileBusy(appendMany(store, 40), async () => {
      const { data, total, next } = await store.find({ q: "HELLO" }, { limit: 50, offset: 0, order: "asc" });
      assert.equal(data.length, Math.min(total, 50));
      assert.equal(next !== null, total > 50);
    });
  });

  test("all figures are of one moment while appends go on", async (t) => {
    const store = await openEmpty(t, create);
    await whileBusy(appendMany(store, 60), async () => {
      const { total_messages, unique_senders, top_senders, first_message_ts } = await store.stats();
      assert.equal(
        top_senders.reduce((sum, { count }) => sum + count, 0),
        total_messages,
      );
      assert.equal(top_senders.length, unique_senders);
      assert.equal(first_message_ts === null, total_messages === 0);
    });
  });

  test("figures of an empty store are zero and null", async (t) => {
    const store = await openEmpty(t, create);
    assert.deepEqual(await store.stats(), {
      total_messages: 0,
      unique_senders: 0,
      top_senders: [],
      first_message_ts: null,
      last_message_ts: null,
    });
  });

  test("the ten busiest senders come by count, then by bytes; first and last ts as they were sent", async (t) => {
    const store = await openEmpty(t, create);
    const model = new Model();
    // Ties on every count; by UTF-16 units the last two would change places.
    const senders = ["+2", "+10", "+1", "b", "B", "\u00e9", "e\u0301", "z", "a", "+9", "\uffff", "\u{10000}"];
    const batch = senders.flatMap((from, index) =>
      Array.from({ length: 1 + (index % 3) }, (_, count) =>
        sampleMessage({
          message_id: `${index} ${count}`,
          from,
          ts: `2025-01-15T10:00:00.${count}${index % 2}Z`,
        }),
      ),
    );
    batch.push(sampleMessage({ message_id: "0", ts: "2025-01-15T10:00:00.000Z" }));
    await store.append(batch);
    for (const message of batch) model.append(message);
    // Neither a duplicate nor a conflict counts for anybody.
    await store.append([
      ...batch,
      ...batch.map(({ message_id }) => sampleMessage({ message_id, from: "other" })),
    ]);
    const stats = await store.stats();
    assert.deepEqual(stats, model.stats());
    assert.equal(stats.top_senders.length, 10);
    assert.equal(stats.unique_senders, 13);
    assert.equal(stats.first_message_ts, "2025-01-15T10:00:00.000Z");
  });
}
