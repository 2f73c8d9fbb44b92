/** What the statistics show of the time, and how they read it, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Failure } from "../page/failure.ts";
import {
  addressOf,
  alignedTo,
  askedOf,
  bucketOf,
  brushed,
  instantOf,
  moved,
  SECONDS_OF,
  spanOf,
  wholeSpan,
  zoomed,
} from "../page/views/statistics/span.ts";
import { readTimeline, type TimelineQuestion } from "../page/views/statistics/timeline.ts";
import { formatInstant, INSTANT_SECONDS_MAX, INSTANT_SECONDS_MIN, parseInstant } from "../src/instant.ts";
import type { Timeline } from "../src/stats-schemas.ts";
import { startAppOver } from "./support/app.ts";
import { request } from "./support/client.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase } from "./support/sqlite.ts";

const { hour, day } = SECONDS_OF;
const times = fc.integer({ min: INSTANT_SECONDS_MIN, max: INSTANT_SECONDS_MAX - hour });
const spans = fc
  .tuple(times, fc.integer({ min: 1, max: 400 * day }))
  .map(([since, length]) => ({ since, until: Math.min(since + length, INSTANT_SECONDS_MAX) }));

function seconds(ts: string): number {
  return parseInstant(ts)?.seconds ?? assert.fail(ts);
}

test("the whole time is whole hours, from that of the first message to that of the last", () => {
  assert.deepEqual(wholeSpan("2025-01-15T10:59:59.9Z", "2025-01-15T11:00:00Z"), {
    since: seconds("2025-01-15T10:00:00Z"),
    until: seconds("2025-01-15T12:00:00Z"),
  });
});

test("an address that leaves an end open means that of the whole; a fraction of a second is kept", () => {
  const whole = { since: 0, until: 10 * day };
  assert.deepEqual(spanOf(askedOf({}), whole), whole);
  assert.deepEqual(spanOf(askedOf({ since: "1970-01-02T00:00:00.5Z" }), whole), {
    since: day,
    until: 10 * day,
  });
  assert.deepEqual(spanOf(askedOf({ until: "1970-01-02T00:00:00.5Z" }), whole), { since: 0, until: day + 1 });
  for (const parameters of [
    { since: "yesterday" },
    { since: "1970-01-02T00:00:00Z", until: "1970-01-02T00:00:00Z" },
    { since: "1970-01-02T00:00:00Z", until: "1970-01-01T00:00:00Z" },
  ])
    assert.equal(spanOf(askedOf(parameters), whole), undefined);
});

test("beyond the last moment that can be named there is nothing to leave out", () => {
  assert.equal(instantOf(seconds("9999-12-31T23:59:59Z") + 1), "");
  assert.equal(instantOf(seconds("9999-12-31T23:59:59Z")), "9999-12-31T23:59:59Z");
});

test("hours up to two weeks, days beyond; hours by choice up to what one answer holds", () => {
  for (const [asked, length, expected] of [
    ["", 14 * day, "hour"],
    ["", 14 * day + 1, "day"],
    ["day", hour, "day"],
    ["hour", 10_000 * hour, "hour"],
    ["hour", 10_000 * hour + 1, "day"],
    ["week", day, "hour"],
  ] as const)
    assert.equal(bucketOf(asked, { since: 0, until: length }), expected, `${asked} ${length}`);
});

test("what is brushed is whole buckets, in whichever direction", () => {
  const expected = { since: 3 * hour, until: 6 * hour };
  assert.deepEqual(brushed(3.5 * hour, 5.5 * hour, "hour"), expected);
  assert.deepEqual(brushed(6 * hour - 1, 3 * hour, "hour"), expected);
  assert.deepEqual(brushed(hour, hour, "day"), { since: 0, until: day });
});

test("whatever is zoomed and moved: it is a time that an address can name, and the whole is none", () => {
  fc.assert(
    fc.property(
      spans,
      fc.constantFrom(0.5, 2),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (span, factor, share) => {
        const around = span.since + share * (span.until - span.since);
        for (const next of [zoomed(span, factor, around), moved(span, 1), moved(span, -1)]) {
          assert.ok(next.since < next.until, JSON.stringify(next));
          const address = addressOf(next, { since: 0, until: 1 });
          if (next.since <= 0 && next.until >= 1) assert.deepEqual(address, { since: "", until: "" });
          else assert.deepEqual(spanOf(askedOf(address), { since: 0, until: 1 }), next);
        }
      },
    ),
  );
});

test("zoomed in, what it is about stays in sight; zoomed out, all that was in sight does, but for less than an hour", () => {
  const near = fc
    .tuple(fc.integer({ min: 0, max: 20_000 * day }), fc.integer({ min: 1, max: 9_000 }))
    .map(([since, hours]) => ({
      since: since - (since % hour),
      until: since - (since % hour) + hours * hour,
    }));
  fc.assert(
    fc.property(near, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (span, share) => {
      const around = span.since + share * (span.until - span.since);
      const closer = zoomed(span, 0.5, around);
      assert.ok(closer.since <= around + hour / 2 && around - hour / 2 <= closer.until);
      assert.ok(closer.until - closer.since <= Math.max(hour, (span.until - span.since) / 2 + hour));
      const wider = zoomed(span, 2, around);
      assert.ok(wider.since <= span.since + hour / 2 && span.until - hour / 2 <= wider.until);
    }),
  );
});

test("whole buckets are drawn, and nothing of what was asked for is left out", () => {
  fc.assert(
    fc.property(spans, fc.constantFrom("hour" as const, "day" as const), (span, bucket) => {
      const { since, until } = alignedTo(span, bucket);
      assert.ok(since <= span.since && span.until <= until);
      assert.ok(Math.abs(since % SECONDS_OF[bucket]) === 0 && Math.abs(until % SECONDS_OF[bucket]) === 0);
    }),
  );
});

test("more days than one answer holds are read in parts, each once; another refusal is not", async (t) => {
  const store = await createSqliteDatabase(t).open();
  const DAYS = 10_050;
  await store.append(
    Array.from({ length: DAYS }, (_, index) =>
      sampleMessage({ message_id: `m${index}`, ts: formatInstant({ seconds: index * 2 * day, nanos: 0 }) }),
    ),
  );
  const { url } = await startAppOver(t, store);
  let refusals = 0;
  const ask = async ({ bucket, since, until }: TimelineQuestion): Promise<Timeline> => {
    const { status, text, json } = await request(
      `${url}/stats/timeline?${new URLSearchParams({ bucket, since, until }).toString()}`,
    );
    if (status === 200) return json as Timeline;
    refusals += 1;
    throw new Failure("invalid", text);
  };
  const question = { bucket: "day", since: "", until: "" } as const;
  const span = { since: 0, until: DAYS * 2 * day };
  const read = await readTimeline(ask, question, span);
  assert.deepEqual(
    read,
    Array.from({ length: DAYS }, (_, index) => ({ start: index * 2 * day, count: 1 })),
  );
  assert.equal(refusals, 1);
  const short = { since: 0, until: 20 * day };
  await assert.rejects(readTimeline(ask, { ...question, since: "yesterday" }, short), Failure);
  assert.equal(refusals, 2);
  assert.deepEqual((await readTimeline(ask, { ...question, until: instantOf(20 * day) }, short)).length, 10);
});
