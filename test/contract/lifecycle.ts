import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../../src/store/store.ts";
import { sampleMessage } from "../support/sample.ts";
import { allOf, assertUnavailable, type CreateDatabase, EVERYTHING, openEmpty } from "./database.ts";

async function assertClosed(store: Store): Promise<void> {
  await assertUnavailable(store.append([sampleMessage({ message_id: "too late" })]));
  await assertUnavailable(store.find({}, EVERYTHING));
  await assertUnavailable(store.get("m1"));
  await assertUnavailable(store.stats());
  await assertUnavailable(store.timeline({ bucket: "hour", limit: 1 }));
  await assertUnavailable(store.conflicts({ limit: 1 }));
  await assertUnavailable(store.erase({ from: "+1" }));
  await assertUnavailable(store.ready());
}

export function lifecyclePromises(create: CreateDatabase): void {
  test("a store that was opened is ready, also while it is busy", async (t) => {
    const store = await openEmpty(t, create);
    await store.ready();
    const appending = store.append([sampleMessage()]);
    await store.ready();
    await appending;
  });

  test("a store once closed and opened again holds what it held, and knows each id", async (t) => {
    const database = await create(t);
    const first = await database.open();
    const messages = Array.from({ length: 50 }, (_, index) =>
      sampleMessage({ message_id: `m${index + 10}`, text: index % 2 === 0 ? null : "Hello" }),
    );
    await first.append(messages);
    const stats = await first.stats();
    await first.close();

    const second = await database.open();
    await second.ready();
    assert.deepEqual(await allOf(second), messages);
    assert.deepEqual(await second.stats(), stats);
    assert.deepEqual(await second.append([sampleMessage({ message_id: "m10", text: null })]), ["duplicate"]);
    assert.deepEqual(await second.append([sampleMessage({ message_id: "m11", text: "other" })]), [
      "conflict",
    ]);
  });

  test("a conflict is counted on over a close", async (t) => {
    const database = await create(t);
    for (let times = 1; times <= 2; times += 1) {
      const store = await database.open(() => times);
      await store.append([sampleMessage(), sampleMessage({ text: "other" })]);
      await store.close();
    }
    const kept = (await database.conflicts()).map(({ firstMs, lastMs, times }) => ({
      firstMs,
      lastMs,
      times,
    }));
    assert.deepEqual(kept, [{ firstMs: 1, lastMs: 2, times: 2 }]);
  });

  test("close waits for every append and read that was begun", async (t) => {
    const database = await create(t);
    const store = await database.open();
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 100 }, (_, index) => sampleMessage({ message_id: `${batch} ${index}` })),
    );
    const settled: string[] = [];
    const begun = batches.map((batch) => store.append(batch).then(() => settled.push("append")));
    const reads = [
      store.find({}, EVERYTHING),
      store.stats(),
      store.timeline({ bucket: "day", limit: 1 }),
      store.conflicts({ limit: 1 }),
      store.get("m1"),
      store.ready(),
    ];
    const read = reads.map((reading) => reading.then(() => settled.push("read")));
    await store.close().then(() => settled.push("close"));
    await Promise.all([...begun, ...read]);
    assert.equal(settled.at(-1), "close");
    assert.equal((await (await database.open()).stats()).total_messages, 2000);
  });

  test("once close has resolved every call rejects with unavailable", async (t) => {
    const database = await create(t);
    const store = await database.open();
    await store.append([sampleMessage()]);
    await store.close();
    await assertClosed(store);
    assert.deepEqual(await allOf(await database.open()), [sampleMessage()]);
  });

  test("every call after close was called rejects with unavailable, also before it has resolved", async (t) => {
    const database = await create(t);
    const store = await database.open();
    const begun = store.append([sampleMessage()]);
    const closed = store.close();
    await Promise.all([assertClosed(store), closed]);
    assert.deepEqual(await begun, ["created"]);
    assert.deepEqual(await allOf(await database.open()), [sampleMessage()]);
  });

  test("close called again does no harm, and also waits until all is released", async (t) => {
    const database = await create(t);
    const store = await database.open();
    const begun = store.append(
      Array.from({ length: 2000 }, (_, index) => sampleMessage({ message_id: `m${index}` })),
    );
    void store.close();
    await store.close();
    await store.close();
    // What another open needs is free now.
    const again = await database.open();
    await begun;
    assert.equal((await again.stats()).total_messages, 2000);
  });
}
