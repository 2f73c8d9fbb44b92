import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErasureFilter, Message } from "../../src/message.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { Model } from "../support/model.ts";
import { sampleMessage } from "../support/sample.ts";
import { allOf, type CreateDatabase, EVERYTHING, idsOf, openEmpty } from "./database.ts";
import { holding, instantOf } from "./places.ts";

const DAY_MS = 86_400_000;
const NOTHING = { messages: 0, conflicts: 0 };
const SENDERS = ["+1", "+2", "+3"];

/** Sixty messages of three senders over three days, a third of them without text. */
function some(): Message[] {
  return Array.from({ length: 60 }, (_, index) =>
    sampleMessage({
      message_id: `m${index}`,
      from: SENDERS[index % 3] ?? "",
      to: index % 2 === 0 ? "+8" : "+9",
      ts: `2025-01-1${index % 3}T10:${String(index).padStart(2, "0")}:00Z`,
      text: index % 3 === 2 ? null : `Hello number ${index}`,
    }),
  );
}

/** Asserts that the store holds these messages and no others, whichever way it is asked. */
async function holdsExactly(store: Store, messages: readonly Message[]): Promise<void> {
  const model = new Model();
  for (const message of messages) model.append(message);
  assert.deepEqual(await allOf(store), model.find());
  assert.deepEqual(await store.stats(), model.stats());
  for (const filter of [
    ...SENDERS.map((from) => ({ from })),
    { to: "+8" },
    { from: "+1", to: "+9" },
    { q: "HELLO" },
    { q: "r 4" },
    { q: "7" },
    { from: "+1", q: "numb" },
  ]) {
    const { data, total } = await store.find(filter, EVERYTHING);
    assert.deepEqual(data, model.find(filter), JSON.stringify(filter));
    assert.equal(total, data.length, JSON.stringify(filter));
  }
  for (const from of [undefined, ...SENDERS]) {
    const buckets = await store.timeline({ bucket: "day", limit: 100, ...(from !== undefined && { from }) });
    const total = model.find(from === undefined ? {} : { from }).length;
    assert.equal(
      buckets.reduce((sum, { count }) => sum + count, 0),
      total,
    );
  }
}

export function erasurePromises(create: CreateDatabase): void {
  const filters: readonly [string, ErasureFilter, (message: Message) => boolean][] = [
    ["one id", { message_id: "m7" }, ({ message_id }) => message_id === "m7"],
    ["a sender", { from: "+2" }, ({ from }) => from === "+2"],
    ["a recipient", { to: "+9" }, ({ to }) => to === "+9"],
    ["a sender and a recipient", { from: "+1", to: "+8" }, ({ from, to }) => from === "+1" && to === "+8"],
    [
      "a sender within a time",
      { from: "+1", since: instantOf("2025-01-10T10:09:00Z"), until: instantOf("2025-01-10T10:30:00Z") },
      ({ from, ts }) => from === "+1" && ts >= "2025-01-10T10:09:00Z" && ts < "2025-01-10T10:30:00Z",
    ],
    ["one id of another sender", { message_id: "m7", from: "+1" }, () => false],
    ["nobody", { from: "+4" }, () => false],
  ];
  for (const [what, filter, isErased] of filters) {
    test(`erases ${what}, and nothing else, from every answer`, async (t) => {
      const store = await openEmpty(t, create);
      const messages = await holding(store, some());
      // Whatever is remembered of these must not outlive the messages.
      await holdsExactly(store, messages);
      const left = messages.filter((message) => !isErased(message));
      assert.deepEqual(await store.erase(filter), { messages: 60 - left.length, conflicts: 0 });
      await holdsExactly(store, left);
      for (const message of messages.filter(isErased))
        assert.equal(await store.get(message.message_id), null);
      assert.deepEqual(await store.erase(filter), NOTHING);
    });
  }

  test("a filter that names nobody is refused, and nothing is erased", async (t) => {
    const store = await openEmpty(t, create);
    await holding(store, some());
    await assert.rejects(store.erase({}));
    assert.equal((await allOf(store)).length, 60);
  });

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
    assert.deepEqual(await store.erase({ message_id: "m1" }), { messages: 1, conflicts: 2 });
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
