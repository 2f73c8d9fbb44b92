import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { sampleMessage } from "../support/sample.ts";
import { allOf, type CreateDatabase, EVERYTHING, idsOf, openEmpty } from "./database.ts";
import { holdsExactly, SENDERS, some } from "./erasure-filters.ts";
import { holding } from "./places.ts";

const DAY_MS = 86_400_000;

export function erasurePromises(create: CreateDatabase): void {
  test("a late arrival of an erased id is a duplicate, whatever its content, also once opened again", async (t) => {
    const database = await create(t);
    const store = await database.open();
    await holding(store, some());
    await store.erase({ from: "+2" });
    const late = [sampleMessage({ message_id: "m1" }), sampleMessage({ message_id: "m4", text: "other" })];
    assert.deepEqual(await store.append(late), ["duplicate", "duplicate"]);
    assert.deepEqual(await store.append([...late, sampleMessage({ message_id: "new" }), ...late]), [
      "duplicate",
      "duplicate",
      "created",
      "duplicate",
      "duplicate",
    ]);
    await store.close();
    const again = await database.open();
    assert.deepEqual(await again.append(late), ["duplicate", "duplicate"]);
    assert.equal((await again.stats()).total_messages, 41);
    assert.equal(await again.get("m1"), null);
    assert.deepEqual(await database.conflicts(), []);
  });

  test("what is known of the conflicts of an erased id goes with it, and of no other", async (t) => {
    const database = await create(t);
    const store = await database.open();
    await holding(store, some());
    await store.append([
      sampleMessage({ message_id: "m1", text: "other" }),
      sampleMessage({ message_id: "m1", text: "another" }),
      sampleMessage({ message_id: "m2", text: "other" }),
    ]);
    assert.deepEqual(await store.erase({ message_ids: ["m1"] }), { messages: 1, conflicts: 2 });
    assert.deepEqual(
      (await database.conflicts()).map(({ message_id }) => message_id),
      ["m2"],
    );
    assert.deepEqual(await store.append([sampleMessage({ message_id: "m1", text: "third" })]), ["duplicate"]);
    assert.equal((await database.conflicts()).length, 1);
  });

  test("sees what was acknowledged before it, and messages that come after the last was erased are found", async (t) => {
    const store = await openEmpty(t, create);
    for (let round = 0; round < 5; round += 1) {
      const message_id = `round ${round}`;
      await store.append([sampleMessage({ message_id, from: "+7", text: "the very newest" })]);
      assert.equal((await store.find({ q: "newest" }, EVERYTHING)).total, 1);
      assert.deepEqual(await store.erase({ from: "+7" }), { messages: 1, conflicts: 0 });
      assert.equal((await store.find({ q: "newest" }, EVERYTHING)).total, 0);
      await store.append([sampleMessage({ message_id: `kept ${round}`, text: `kept in round ${round}` })]);
      assert.deepEqual(await idsOf(store.find({ q: `in round ${round}` }, EVERYTHING)), [`kept ${round}`]);
    }
    assert.equal((await store.stats()).total_messages, 5);
    assert.equal((await store.stats()).unique_senders, 1);
  });

  test("all can go, and a new beginning is exact", async (t) => {
    const store = await openEmpty(t, create);
    await holding(store, some());
    for (const from of SENDERS) await store.erase({ from });
    await holdsExactly(store, []);
    const later = some().map((message) =>
      sampleMessage({ ...message, message_id: `later ${message.message_id}` }),
    );
    await store.append(later);
    await holdsExactly(store, later);
  });

  test("goes on while others append and read, and two at once count each message once", async (t) => {
    const store = await openEmpty(t, create);
    const old = Array.from({ length: 3_000 }, (_, index) =>
      sampleMessage({ message_id: `old ${index}`, from: "+1", text: `an old text, ${index % 10}` }),
    );
    await store.append(old);
    let appended = 0;
    const erasing = Promise.all([store.erase({ from: "+1" }), store.erase({ from: "+1" })]);
    const state = { isErasing: true };
    const done = erasing.finally(() => (state.isErasing = false));
    while (state.isErasing) {
      assert.deepEqual(
        await store.append([
          sampleMessage({ message_id: `new ${appended}`, from: "+2", text: "an old text?" }),
        ]),
        ["created"],
      );
      appended += 1;
      const [page, stats] = await Promise.all([store.find({ q: "old text" }, EVERYTHING), store.stats()]);
      assert.equal(page.total, page.data.length, "page and total are of one moment");
      assert.ok(stats.total_messages >= appended);
    }
    const [one, other] = await done;
    assert.equal(one.messages + other.messages, 3_000);
    assert.equal((await store.stats()).total_messages, appended);
    assert.equal((await store.find({ q: "old text" }, EVERYTHING)).total, appended);
  });

  test("each of an id's arrivals while it is erased is a duplicate: none brings it back", async (t) => {
    const store = await openEmpty(t, create);
    const messages = Array.from({ length: 500 }, (_, index) => sampleMessage({ message_id: `m${index}` }));
    await store.append(messages);
    const state = { isErasing: true };
    const erasing = store.erase({ from: sampleMessage().from }).finally(() => (state.isErasing = false));
    do {
      const results = await store.append(messages);
      assert.deepEqual(new Set(results), new Set(["duplicate"]));
    } while (state.isErasing);
    await erasing;
    assert.deepEqual(await allOf(store), []);
  });

  test("messages older than retentionDays go when the store opens; the others stay", async (t) => {
    const database = await create(t);
    const first = await database.open();
    const messages = await holding(first, some());
    await first.append([sampleMessage({ message_id: "m0", text: "other" })]);
    await first.close();
    const expired: unknown[] = [];
    const until = Date.parse("2025-01-11T00:00:00Z");
    const store = await database.open(() => until + 30 * DAY_MS, {
      retentionDays: 30,
      onExpired: (erased) => expired.push(erased),
    });
    const left = messages.filter(({ ts }) => Date.parse(ts) >= until);
    await eventually("what is old to be erased", async () =>
      (await store.stats()).total_messages > left.length ? undefined : true,
    );
    await holdsExactly(store, left);
    await store.close();
    const counted = expired as { messages: number; conflicts: number }[];
    assert.equal(
      counted.reduce((sum, { messages }) => sum + messages, 0),
      60 - left.length,
    );
    assert.equal(
      counted.reduce((sum, { conflicts }) => sum + conflicts, 0),
      1,
    );
    const keeping = await database.open();
    assert.deepEqual(await keeping.append([sampleMessage({ message_id: "m0" })]), ["duplicate"]);
  });

  test("an erased id is forgotten dedupeDays later, and not before", async (t) => {
    const database = await create(t);
    const erasedMs = Date.parse("2025-06-10T12:00:00Z");
    const first = await database.open(() => erasedMs);
    await holding(first, some());
    await first.erase({ from: "+1" });
    await first.close();
    const before = await database.open(() => erasedMs + 7 * DAY_MS, { dedupeDays: 7 });
    assert.deepEqual(await before.append([sampleMessage({ message_id: "m0" })]), ["duplicate"]);
    await before.close();
    const store = await database.open(() => erasedMs + 9 * DAY_MS, { dedupeDays: 7 });
    await eventually("the id to be forgotten", async () => {
      const [result] = await store.append([sampleMessage({ message_id: "m0" })]);
      return result === "created" ? true : undefined;
    });
    assert.deepEqual(await store.get("m0"), sampleMessage({ message_id: "m0" }));
  });
}
