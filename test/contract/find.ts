import assert from "node:assert/strict";
import { test } from "node:test";
import { type CreateDatabase, EVERYTHING, idsOf, openEmpty } from "./database.ts";
import { holding, instantOf, positionOf } from "./places.ts";

export function findPromises(create: CreateDatabase): void {
  test("messages are ordered by instant, whatever the spelling of ts, then by the bytes of the id", async (t) => {
    const store = await openEmpty(t, create);
    const inOrder = [
      { ts: "0000-01-01T00:00:00Z" },
      { ts: "1969-12-31T23:59:59Z" },
      { ts: "1969-12-31T23:59:59.000000001Z" },
      { ts: "1969-12-31T23:59:59.999999999Z" },
      { ts: "1970-01-01T00:00:00.000Z" },
      { ts: "2025-01-15T09:59:59.9Z" },
      { ts: "2025-01-15T10:00:00.0Z", message_id: "A" },
      { ts: "2025-01-15T10:00:00.000Z", message_id: "B" },
      { ts: "2025-01-15T10:00:00Z", message_id: "a" },
      { ts: "2025-01-15T10:00:00.00Z", message_id: "e\u0301" },
      { ts: "2025-01-15T10:00:00Z", message_id: "\u00e9" },
      // By UTF-16 units the last would come before these.
      { ts: "2025-01-15T10:00:00Z", message_id: "\ue000" },
      { ts: "2025-01-15T10:00:00.0Z", message_id: "\uffff" },
      { ts: "2025-01-15T10:00:00Z", message_id: "\u{10000}" },
      { ts: "2025-01-15T10:00:00.000000001Z", message_id: "0" },
      { ts: "9999-12-31T23:59:59.999999999Z" },
    ];
    const backwards = await holding(store, inOrder.toReversed());
    const expected = backwards.toReversed();
    assert.deepEqual(await store.find({}, EVERYTHING), {
      data: expected,
      total: expected.length,
      next: null,
    });
    const descending = await store.find({}, { ...EVERYTHING, order: "desc" });
    assert.deepEqual(descending.data, backwards);
  });

  test("since is at or after, until is before, both to the nanosecond", async (t) => {
    const store = await openEmpty(t, create);
    await holding(store, [
      { ts: "2025-01-15T09:59:59.999999999Z" },
      { ts: "2025-01-15T10:00:00Z" },
      { ts: "2025-01-15T10:00:00.000000000Z" },
      { ts: "2025-01-15T10:00:00.000000001Z" },
    ]);
    const moment = instantOf("2025-01-15T10:00:00Z");
    const next = instantOf("2025-01-15T10:00:00.000000001Z");
    assert.deepEqual(await idsOf(store.find({ since: moment }, EVERYTHING)), ["m1", "m2", "m3"]);
    assert.deepEqual(await idsOf(store.find({ since: next }, EVERYTHING)), ["m3"]);
    assert.deepEqual(await idsOf(store.find({ until: moment }, EVERYTHING)), ["m0"]);
    assert.deepEqual(await idsOf(store.find({ since: moment, until: next }, EVERYTHING)), ["m1", "m2"]);
    assert.deepEqual(await store.find({ since: next, until: moment }, EVERYTHING), {
      data: [],
      total: 0,
      next: null,
    });
  });

  test("q is a substring in any case and either normal form; pattern characters are plain", async (t) => {
    const store = await openEmpty(t, create);
    const texts = [
      "Caf\u00e9 ПРИВЕТ Σ",
      "100%_*",
      "a'b\"c\\d",
      "İstanbul",
      "Straße",
      "你好👩‍👩‍👧",
      "x".repeat(4095) + "z",
      "",
      null,
    ];
    await holding(
      store,
      texts.map((text) => ({ text })),
    );
    const expected: readonly [needle: string, ids: readonly string[]][] = [
      ["CAFE\u0301", ["m0"]],
      ["cafe", []],
      ["привет", ["m0"]],
      ["σ", ["m0"]],
      ["%", ["m1"]],
      ["_", ["m1"]],
      ["0%_*", ["m1"]],
      ["'B\"C\\", ["m2"]],
      ["i\u0307STAN", ["m3"]],
      ["istan", []],
      ["ß", ["m4"]],
      ["ss", []],
      ["好", ["m5"]],
      ["👧", ["m5"]],
      ["\u200d👧", ["m5"]],
      ["xZ", ["m6"]],
      ["null", []],
      ["a OR b", []],
    ];
    for (const [q, ids] of expected) {
      const { data, total } = await store.find({ q }, EVERYTHING);
      assert.deepEqual(
        data.map((message) => message.message_id),
        ids,
        `q=${q}`,
      );
      assert.equal(total, ids.length);
    }
  });

  test("limit and offset cut the list; total and next tell what is beyond", async (t) => {
    const store = await openEmpty(t, create);
    const messages = await holding(
      store,
      Array.from({ length: 7 }, () => ({})),
    );
    for (const order of ["asc", "desc"] as const) {
      const listed = order === "asc" ? messages : messages.toReversed();
      for (let offset = 0; offset <= 8; offset += 1) {
        for (let limit = 1; limit <= 8; limit += 1) {
          const data = listed.slice(offset, offset + limit);
          const last = data.at(-1);
          const next = last !== undefined && offset + limit < 7 ? positionOf(last) : null;
          assert.deepEqual(await store.find({}, { limit, offset, order }), { data, total: 7, next });
        }
      }
    }
    const beyond = await store.find({}, { limit: 1, offset: Number.MAX_SAFE_INTEGER, order: "asc" });
    assert.deepEqual(beyond, { data: [], total: 7, next: null });
  });
}
