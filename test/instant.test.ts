import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { FRACTION_DIGITS_MAX, parseInstant } from "../src/instant.ts";

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 to 9 digits; none stands for no fraction at all. */
  readonly fraction: string;
}

const digits = (value: number, width: number): string => String(value).padStart(width, "0");

function written({ year, month, day, hour, minute, second, fraction }: Parts): string {
  const date = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
  const time = `${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}`;
  return `${date}T${time}${fraction === "" ? "" : `.${fraction}`}Z`;
}

function isLeap(year: number): boolean {
  return year % 400 === 0 || (year % 4 === 0 && year % 100 !== 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Counted day by day over years and months, with nothing of JavaScript's own calendar. */
function daysSince1970(year: number, month: number, day: number): number {
  let days = day - 1;
  for (let y = 1970; y < year; y += 1) days += isLeap(y) ? 366 : 365;
  for (let y = year; y < 1970; y += 1) days -= isLeap(y) ? 366 : 365;
  for (let m = 1; m < month; m += 1) days += daysIn(year, m);
  return days;
}

function nanosSince1970({ year, month, day, hour, minute, second, fraction }: Parts): bigint {
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

const fractions = fc.string({
  unit: fc.integer({ min: 0, max: 9 }).map(String),
  maxLength: FRACTION_DIGITS_MAX,
});

const moments: fc.Arbitrary<Parts> = fc
  .record({
    year: fc.integer({ min: 0, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    second: fc.integer({ min: 0, max: 59 }),
    fraction: fractions,
  })
  .map(({ day, ...parts }) => Object.assign(parts, { day: Math.min(day, daysIn(parts.year, parts.month)) }));

/** The instant of a text that is known to name one. */
function instantOf(text: string): { seconds: number; nanos: number } {
  const instant = parseInstant(text);
  assert.ok(instant !== null, text);
  return instant;
}

function totalNanos(text: string): bigint {
  const { seconds, nanos } = instantOf(text);
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

test("every real moment of the years 0000 to 9999 is read exactly", () => {
  fc.assert(
    fc.property(moments, (parts) => {
      assert.equal(totalNanos(written(parts)), nanosSince1970(parts), written(parts));
    }),
    { numRuns: 2_000 },
  );
});

test("seconds are whole and nanos count forward from them, also before 1970", () => {
  fc.assert(
    fc.property(moments, (parts) => {
      const { seconds, nanos } = instantOf(written(parts));
      assert.ok(Number.isSafeInteger(seconds));
      assert.ok(Number.isSafeInteger(nanos) && nanos >= 0 && nanos <= 999_999_999);
    }),
  );
  assert.deepEqual(parseInstant("1969-12-31T23:59:59.5Z"), { seconds: -1, nanos: 500_000_000 });
  assert.deepEqual(parseInstant("1970-01-01T00:00:00Z"), { seconds: 0, nanos: 0 });
});

test("the order of (seconds, nanos) is the order in time", () => {
  // Pairs that differ in the fraction alone would be rare if both were drawn freely.
  const pairs = fc.oneof(
    fc.tuple(moments, moments),
    fc.tuple(moments, fractions).map(([parts, fraction]): [Parts, Parts] => [parts, { ...parts, fraction }]),
  );
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      const [first, second] = [instantOf(written(a)), instantOf(written(b))];
      const bySeconds = Math.sign(first.seconds - second.seconds);
      const order = bySeconds === 0 ? Math.sign(first.nanos - second.nanos) : bySeconds;
      const difference = nanosSince1970(a) - nanosSince1970(b);
      const expected = difference === 0n ? 0 : difference < 0n ? -1 : 1;
      assert.equal(order, expected);
    }),
    { numRuns: 2_000 },
  );
});

test("zeros at the end of a fraction change the spelling and not the instant", () => {
  fc.assert(
    fc.property(moments, (parts) => {
      const padded = { ...parts, fraction: parts.fraction.padEnd(FRACTION_DIGITS_MAX, "0") };
      assert.deepEqual(parseInstant(written(padded)), parseInstant(written(parts)));
    }),
  );
});

test("a date or time outside the calendar names no instant", () => {
  const outside = fc.oneof(
    fc.record({ month: fc.constantFrom(0, 13, 99) }),
    fc.record({ day: fc.constantFrom(0, 32, 99) }),
    fc.record({ hour: fc.integer({ min: 24, max: 99 }) }),
    fc.record({ minute: fc.integer({ min: 60, max: 99 }) }),
    fc.record({ second: fc.integer({ min: 60, max: 99 }) }),
  );
  fc.assert(
    fc.property(moments, outside, (parts, wrong) => {
      assert.equal(parseInstant(written({ ...parts, ...wrong })), null);
    }),
  );
});

test("the day after the last of a month names no instant", () => {
  fc.assert(
    fc.property(moments, (parts) => {
      const day = daysIn(parts.year, parts.month) + 1;
      assert.equal(parseInstant(written({ ...parts, day })), null);
    }),
  );
});

test("nothing may stand before, behind or inside", () => {
  fc.assert(
    fc.property(moments, fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), (parts, seed, added) => {
      const text = written(parts);
      const place = seed % (text.length + 1);
      const changed = text.slice(0, place) + added + text.slice(place);
      // More digits in a fraction are another fraction, not something that stands in the way.
      const isFraction = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.[0-9]{1,9}Z$/.test(changed);
      if (!isFraction) assert.equal(parseInstant(changed), null, JSON.stringify(changed));
    }),
    { numRuns: 1_000 },
  );
});

test("a fraction of ten digits is refused, even one of zeros", () => {
  assert.equal(parseInstant("2025-01-15T10:00:00.0000000000Z"), null);
  assert.notEqual(parseInstant("2025-01-15T10:00:00.000000000Z"), null);
});

test("no string at all makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(parseInstant(text), null);
    }),
  );
});
