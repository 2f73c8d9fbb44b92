/** The load of `bench:read` holds what it says, and its recount finds it: else its checks would prove nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figures } from "../bench/ingest/figures.ts";
import { summarize } from "../bench/ingest/report.ts";
import { Check } from "../bench/read/check.ts";
import { createLoad, LARGEST_SENDER } from "../bench/read/load.ts";
import { ABSENT, hitsOf } from "../bench/read/needles.ts";
import { listPath } from "../bench/read/question.ts";
import { questionsOf } from "../bench/read/questions.ts";
import { Recount } from "../bench/read/recount.ts";
import { besideSqlite } from "../bench/read/report.ts";
import { TARGETS } from "../bench/read/targets.ts";

const MESSAGES = 4_000;

const load = createLoad(MESSAGES);
const recount = new Recount(load);
const totalOf = (query: Readonly<Record<string, string>>): number =>
  recount.page(new URLSearchParams(query)).total;

test("every message is made alike each time, under an id of its own", () => {
  const all = Array.from({ length: MESSAGES }, (_, serial) => load.message(serial));
  assert.equal(new Set(all.map(({ message_id }) => message_id)).size, MESSAGES);
  assert.deepEqual(createLoad(MESSAGES).message(MESSAGES - 1), all.at(-1));
  const characters = all.reduce((sum, { text }) => sum + Array.from(text).length, 0) / MESSAGES;
  assert.ok(characters > 70 && characters < 90, String(characters));
});

test("the recount finds each needle as often as it was planted", () => {
  for (const planted of Object.values(load.needles).flat())
    assert.equal(totalOf({ q: planted.needle }), hitsOf(planted, MESSAGES), planted.needle);
  for (const q of ABSENT) assert.equal(totalOf({ q }), 0, q);
  assert.equal(totalOf({ q: "parcel" }), MESSAGES / 4);
  assert.equal(totalOf({ q: "ZÜRICH" }), MESSAGES / 10);
});

test("nine messages in each hundred are the largest sender's", () => {
  assert.equal(totalOf({ from: LARGEST_SENDER }), (MESSAGES * 9) / 100);
});

test("what is rare has 1,000 hits at any size above ten thousand", () => {
  for (const messages of [10_000, 200_000, 10_000_000]) {
    const { rare, rareSingles, rarePairs } = createLoad(messages).needles;
    for (const planted of [...rare, ...rareSingles, ...rarePairs])
      assert.equal(hitsOf(planted, messages), 1_000);
  }
});

test("a total that is known without counting is the recount's", () => {
  const known = questionsOf(load).flatMap(({ asks }) => asks.filter(({ total }) => total !== undefined));
  assert.ok(known.length > 50);
  for (const { path, total } of known)
    assert.equal(recount.page(new URL(path, "http://list").searchParams).total, total, path);
});

test("each question has a name of its own, and each target a question", () => {
  const names = questionsOf(load).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    Object.keys(TARGETS).filter((name) => !names.includes(name)),
    [],
  );
});

test("a wrong total, a wrong page and a wrong bucket are found", () => {
  const check = new Check("4k", recount);
  const path = listPath({ q: "parcel", limit: 2 });
  const { data, total } = recount.page(new URL(path, "http://list").searchParams);
  check.require({ path }, JSON.stringify({ data, total }));
  assert.throws(
    () => check.require({ path }, JSON.stringify({ data, total: total + 1 })),
    /total 1001, but 1000/,
  );
  assert.throws(
    () => check.require({ path }, JSON.stringify({ data: data.toReversed(), total })),
    /message 0 of the page/,
  );

  const timeline = "/stats/timeline?bucket=day&since=2025-01-03T00:00:00.000Z&until=2025-01-05T00:00:00.000Z";
  const buckets = [...recount.timeline(new URL(timeline, "http://list").searchParams)];
  const told = buckets
    .toSorted(([a], [b]) => a - b)
    .map(([start, count]) => ({ start: new Date(start).toISOString(), count }));
  assert.equal(told.length, 2);
  check.require({ path: timeline }, JSON.stringify({ bucket: "day", data: told }));
  assert.throws(
    () => check.require({ path: timeline }, JSON.stringify({ data: told.slice(1) })),
    /messages are in it/,
  );
});

test("two processes are compared with one round by round, and a server that was left out with nothing", () => {
  const round = (requestsPerSecond: number, p99Ms: number): Figures => ({
    requestsPerSecond,
    p50Ms: 1,
    p99Ms,
    cpuUs: 100,
    databaseCpuUs: 200,
    bytesWritten: 300,
    rssMiB: 50,
  });
  const figures = new Map([
    ["64 lyftr", [round(1_000, 10), round(100, 10), round(1_000, 10)]],
    ["64 lyftr-two", [round(1_300, 15), round(130, 12), round(900, 11)]],
  ]);
  const { rows, ratios } = summarize(figures, "postgres");
  assert.deepEqual(
    rows.map(({ server }) => server),
    ["lyftr", "lyftr-two"],
  );
  assert.deepEqual(rows[0]?.databaseCpuUs, { median: 200, min: 200, max: 200 });
  assert.equal(ratios["64"]?.["two_of_one"], 1.3);
  assert.equal(ratios["64"]?.["p99_two_of_one"], 1.2);
  assert.ok(Number.isNaN(ratios["64"]?.["of_ceiling"]));
});

test("a read is within SQLite's at every size or not at all, and a refused one is not", () => {
  assert.deepEqual(besideSqlite({ "10k": 2, "1m": 4 }, { "10k": 1, "1m": 4 }).of_sqlite, {
    "10k": 2,
    "1m": 1,
  });
  assert.equal(besideSqlite({ "10k": 2, "1m": 4 }, { "10k": 1, "1m": 4 }).met, true);
  assert.equal(besideSqlite({ "10k": 2.1, "1m": 4 }, { "10k": 1, "1m": 4 }).met, false);
  assert.equal(besideSqlite({ "10k": null }, { "10k": 1 }).met, false);
  assert.equal(besideSqlite({ "10k": null }, { "10k": null }).met, true);
});
