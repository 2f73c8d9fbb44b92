/** Which messages an erasure takes, by its filter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ERASED_MESSAGES_MAX, type ErasureFilter, type Message } from "../../src/message.ts";
import type { Store } from "../../src/store/store.ts";
import { Model } from "../support/model.ts";
import { sampleMessage } from "../support/sample.ts";
import { allOf, type CreateDatabase, EVERYTHING, openEmpty } from "./database.ts";
import { holding, instantOf } from "./places.ts";

const NOTHING = { messages: 0, conflicts: 0 };
export const SENDERS = ["+1", "+2", "+3"];

/** Sixty messages of three senders over three days, a third of them without text. */
export function some(): Message[] {
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

/** These among unknown ones, each farther from the next than an engine looks for at once. */
function manyIds(...ids: readonly string[]): string[] {
  const between = (id: string): string[] =>
    Array.from({ length: 1_200 }, (_, index) => `none ${id} ${index}`);
  return ids.flatMap((id) => [id].concat(between(id)));
}

/** Asserts that the store holds these messages and no others, whichever way it is asked. */
export async function holdsExactly(store: Store, messages: readonly Message[]): Promise<void> {
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

export function erasureFilterPromises(create: CreateDatabase): void {
  const filters: readonly [string, ErasureFilter, (message: Message) => boolean][] = [
    ["one id", { message_ids: ["m7"] }, ({ message_id }) => message_id === "m7"],
    [
      "many ids, some of which are not there or there twice",
      { message_ids: manyIds("m7", "m59", "m7", "m30") },
      ({ message_id }) => ["m7", "m59", "m30"].includes(message_id),
    ],
    [
      "those of some ids that a sender sent",
      { message_ids: ["m3", "m4", "m5", "m6"], from: "+1" },
      ({ message_id }) => ["m3", "m6"].includes(message_id),
    ],
    ["a sender", { from: "+2" }, ({ from }) => from === "+2"],
    ["a recipient", { to: "+9" }, ({ to }) => to === "+9"],
    ["a sender and a recipient", { from: "+1", to: "+8" }, ({ from, to }) => from === "+1" && to === "+8"],
    [
      "a sender within a time",
      { from: "+1", since: instantOf("2025-01-10T10:09:00Z"), until: instantOf("2025-01-10T10:30:00Z") },
      ({ from, ts }) => from === "+1" && ts >= "2025-01-10T10:09:00Z" && ts < "2025-01-10T10:30:00Z",
    ],
    ["one id of another sender", { message_ids: ["m7"], from: "+1" }, () => false],
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

  test("a filter that names nobody, or too many, is refused, and nothing is erased", async (t) => {
    const store = await openEmpty(t, create);
    await holding(store, some());
    const tooMany = Array.from({ length: ERASED_MESSAGES_MAX + 1 }, () => "m7");
    for (const filter of [{}, { message_ids: [] }, { message_ids: [], from: "+1" }, { message_ids: tooMany }])
      await assert.rejects(store.erase(filter));
    assert.equal((await allOf(store)).length, 60);
    assert.deepEqual(await store.erase({ message_ids: tooMany.slice(1) }), { messages: 1, conflicts: 0 });
  });
}
