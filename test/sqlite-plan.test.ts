/** Which way each read goes: every rule of plan.ts, on both of its sides. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Criteria, Side } from "../src/store/sqlite/criteria.ts";
import { needleOf } from "../src/store/sqlite/needle.ts";
import {
  isAddedToRemembered,
  isSkippedByCounters,
  isTotalKept,
  LIMITS,
  planAfterGlance,
  planPart,
  planSearch,
  planTotal,
} from "../src/store/sqlite/plan.ts";

const SENDER: Side = { role: "sender", id: 1, messages: 900_000 };
const RECIPIENT: Side = { role: "recipient", id: 2, messages: 500_000 };
const STORED = 10_000_000;

const searching = (q: string, ...sides: Side[]): Criteria => ({ sides, needle: needleOf(q) });
const total = (criteria: Criteria, within: number): string => planTotal(criteria, within, STORED, LIMITS);

test("without a needle, a total of one side is in the counters, whatever the time", () => {
  const instant = { seconds: 1, nanos: 1 };
  assert.equal(isTotalKept({ sides: [] }), true);
  assert.equal(isTotalKept({ sides: [], since: instant, until: instant }), true);
  assert.equal(isTotalKept({ sides: [SENDER], since: instant }), true);
  assert.equal(isTotalKept({ sides: [RECIPIENT] }), true);
  assert.equal(isTotalKept({ sides: [RECIPIENT, SENDER] }), false);
  assert.equal(isTotalKept(searching("needle")), false);
});

test("a total of sender and recipient is counted in the index, in slices where they are many", () => {
  assert.equal(total({ sides: [RECIPIENT, SENDER] }, LIMITS.range), "range");
  assert.equal(total({ sides: [RECIPIENT, SENDER] }, LIMITS.range + 1), "slices");
});

test("few messages are looked through, whatever the needle", () => {
  for (const q of ["needle", "ab", "\u{10ffff}"]) assert.equal(total(searching(q), LIMITS.range), "range");
});

test("a needle that trigrams tell of is counted part by part, also with a side", () => {
  assert.equal(total(searching("needle"), STORED), "parts");
  assert.equal(total(searching("needle", SENDER), 900_000), "parts");
});

test("another needle is looked for in the texts: those of the side alone where they are few, else in all", () => {
  assert.equal(total(searching("ab", SENDER), STORED / 5 - 1), "slices");
  assert.equal(total(searching("ab", SENDER), STORED / 5), "parts");
  assert.equal(total(searching("\u{10ffff}"), STORED), "parts");
});

test("of a part, the search index tells all, or all but the time, or nothing", () => {
  const whole = { messages: 256_000, isWhole: true, isWithin: true, isTidy: true };
  const part = (q: string, share: object): string =>
    planPart(searching(q, SENDER), { ...whole, ...share }, LIMITS);
  assert.equal(part("needle", {}), "match");
  assert.equal(part("ab", {}), "match");
  assert.equal(part("needle", { isWithin: false }), "join");
  assert.equal(part("\u{10ffff}", {}), "texts");
  assert.equal(part("a\ufffe needle", {}), "texts");
  assert.equal(part("needle", { isWhole: false, messages: LIMITS.range }), "texts");
  assert.equal(part("needle", { isWhole: false, messages: LIMITS.range + 1 }), "match");
  assert.equal(planPart({ sides: [SENDER] }, whole, LIMITS), "texts");
});

test("a remembered total is brought up to date, unless counting anew is less", () => {
  assert.equal(isAddedToRemembered("parts", STORED, 1), true);
  assert.equal(isAddedToRemembered("range", 100, 100), true);
  assert.equal(isAddedToRemembered("range", 101, 100), false);
  assert.equal(isAddedToRemembered("slices", 101, 100), false);
});

test("of a tidy part, a short needle is counted already; not of one side, nor of some of its messages", () => {
  const part = (q: string, share: object, ...sides: Side[]): string =>
    planPart(
      searching(q, ...sides),
      { messages: 256_000, isWhole: true, isWithin: true, isTidy: true, ...share },
      LIMITS,
    );
  assert.equal(part("ab", {}), "kept");
  assert.equal(part("\u{1f642}", {}), "kept");
  assert.equal(part("abc", {}), "match");
  assert.equal(part("ab", {}, SENDER), "match");
  assert.equal(part("ab", { isTidy: false }), "match");
  assert.equal(part("ab", { isWithin: false }), "join");
  assert.equal(part("ab", { isWhole: false }), "match");
  assert.equal(part("\uffff", {}), "texts");
});

test("the page of a search begins with a glance; a deep one in the search index, or by the hours of its hits", () => {
  const { glance, held } = LIMITS;
  assert.equal(planSearch({ offset: 0, limit: 50 }, LIMITS), "glance");
  assert.equal(planSearch({ offset: glance - 51, limit: 50 }, LIMITS), "glance");
  assert.equal(planSearch({ offset: glance - 50, limit: 50 }, LIMITS), "hits");
  assert.equal(planSearch({ offset: held, limit: 50 }, LIMITS), "hits");
  assert.equal(planSearch({ offset: held + 1, limit: 50 }, LIMITS), "hours");
});

test("after a glance, the page of a frequent needle is found on the way, that of a rare one in the search index", () => {
  const page = { offset: 0, limit: 50 };
  assert.equal(planAfterGlance(page, LIMITS.frequent, LIMITS), "walk");
  assert.equal(planAfterGlance(page, LIMITS.frequent - 1, LIMITS), "hits");
  assert.equal(planAfterGlance(page, null, LIMITS), "walk");
  assert.equal(planAfterGlance({ offset: LIMITS.walk - 50, limit: 50 }, null, LIMITS), "hits");
});

test("a deep page is reached by the counters, which know one side and not two", () => {
  assert.equal(isSkippedByCounters({ sides: [] }, LIMITS.skip + 1, LIMITS), true);
  assert.equal(isSkippedByCounters({ sides: [SENDER] }, LIMITS.skip + 1, LIMITS), true);
  assert.equal(isSkippedByCounters({ sides: [] }, LIMITS.skip, LIMITS), false);
  assert.equal(isSkippedByCounters({ sides: [RECIPIENT, SENDER] }, LIMITS.skip + 1, LIMITS), false);
});
