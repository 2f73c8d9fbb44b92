import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { TimelineBucket } from "../../src/message.ts";
import * as arbitrary from "../support/arbitrary.ts";
import { Model, timelineOf } from "../support/model.ts";
import { sampleMessage } from "../support/sample.ts";
import { type CreateDatabase, EVERYTHING, openEmpty } from "./database.ts";
import { filterOf, holding, instantOf } from "./places.ts";

const EVERY_BUCKET = 100_000;

function bucketsOf(counts: readonly { readonly start: string; readonly count: number }[]): TimelineBucket[] {
  return counts.map(({ start, count }) => ({ seconds: instantOf(start).seconds, count }));
}

export function timelinePromises(create: CreateDatabase): void {
  test("an empty store has no buckets", async (t) => {
    const store = await openEmpty(t, create);
    for (const bucket of ["hour", "day"] as const) {
      assert.deepEqual(await store.timeline({ bucket, limit: EVERY_BUCKET }), []);
    }
  });

  test("buckets are the hours and days of UTC, before 1970 and at the ends of time alike", async (t) => {
    const store = await openEmpty(t, create);
    const messages = await holding(
      store,
      [
        "9999-12-31T23:59:59.999999999Z",
        "0000-01-01T00:00:00Z",
        "0000-01-01T00:59:59.999999999Z",
        "1969-12-30T23:59:59.999999999Z",
        "1969-12-31T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "2024-02-29T23:00:00.0Z",
        "2024-03-01T00:00:00Z",
      ].map((ts) => ({ ts })),
    );
    for (const bucket of ["hour", "day"] as const) {
      const expected = bucketsOf(timelineOf(messages, bucket));
      assert.deepEqual(await store.timeline({ bucket, limit: EVERY_BUCKET }), expected);
    }
  });

  test("the first buckets in the order of time come, as many as the limit says", async (t) => {
    const store = await openEmpty(t, create);
    const messages = await holding(
      store,
      Array.from({ length: 8 }, (_, index) => ({ ts: `2025-01-15T${String(23 - index)}:30:00Z` })),
    );
    const all = bucketsOf(timelineOf(messages, "hour"));
    assert.equal(all.length, 8);
    for (let limit = 1; limit <= 9; limit += 1) {
      assert.deepEqual(await store.timeline({ bucket: "hour", limit }), all.slice(0, limit));
    }
    const since = instantOf("2025-01-15T18:30:00Z");
    assert.deepEqual(await store.timeline({ bucket: "hour", limit: 2, since }), all.slice(2, 4));
  });

  test("neither a duplicate nor a conflict counts", async (t) => {
    const store = await openEmpty(t, create);
    const messages = await holding(store, [{ ts: "2025-01-15T10:00:00Z" }, { ts: "2025-01-15T10:59:59Z" }]);
    const later = messages.map(({ message_id }) => sampleMessage({ message_id, ts: "2025-01-15T11:00:00Z" }));
    assert.deepEqual(await store.append([...messages, ...later]), [
      "duplicate",
      "duplicate",
      "conflict",
      "conflict",
    ]);
    assert.deepEqual(
      await store.timeline({ bucket: "hour", limit: EVERY_BUCKET }),
      bucketsOf([{ start: "2025-01-15T10:00:00Z", count: 2 }]),
    );
  });

  test("any timeline is that of a plain list, and adds up to the total of find", async (t) => {
    const store = await openEmpty(t, create);
    const parties = ["+1", "+12", "whatsapp:+1", "Bank"];
    const ids = Array.from({ length: 300 }, (_, index) => String(index));
    const model = new Model();
    const seconds = fc.integer({ min: -7_200, max: 180_000 });
    const ts = fc.oneof(
      seconds.map((second) => new Date(second * 1000).toISOString()),
      fc.constantFrom(...arbitrary.INSTANTS),
    );
    const sent = fc.sample(arbitrary.message(ids, parties, ts), 400);
    await store.append(sent);
    for (const message of sent) model.append(message);

    const asked = fc.record({
      bucket: fc.constantFrom("hour" as const, "day" as const),
      filter: arbitrary.timelineFilter([...parties, "nobody"], ts),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ bucket, filter }) => {
        const buckets = await store.timeline({ ...filterOf(filter), bucket, limit: EVERY_BUCKET });
        assert.deepEqual(buckets, bucketsOf(timelineOf(model.find(filter), bucket)));
        const { total } = await store.find(filterOf(filter), { ...EVERYTHING, limit: 1 });
        assert.equal(
          buckets.reduce((sum, { count }) => sum + count, 0),
          total,
        );
      }),
      { numRuns: 300 },
    );
  });
}
