import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused, keep, list, listIds } from "./support/listing.ts";
import { startTestService } from "./support/service.ts";

const at = (fraction: string): string => `2025-01-15T10:00:00${fraction}Z`;

test("the list is ordered by the instant of ts, not by its spelling", async (t) => {
  const { url } = await startTestService(t);
  // As strings, ".5Z" sorts before "Z"; as instants it is the later one.
  await keep(url, [
    { ts: at(".5") },
    { ts: at("") },
    { ts: at(".05") },
    { ts: at(".50000001") },
    { ts: at(".4") },
  ]);
  const ascending = ["m1", "m2", "m4", "m0", "m3"];
  assert.deepEqual(await listIds(url), ascending);
  assert.deepEqual(await listIds(url, "order=asc"), ascending);
  assert.deepEqual(await listIds(url, "order=desc"), ascending.toReversed());
});

test("fractions of 1 to 9 digits are ordered as instants, and come back as they were sent", async (t) => {
  const { url } = await startTestService(t);
  const ascending = [
    "",
    ".000000001",
    ".00000001",
    ".0000001",
    ".000001",
    ".00001",
    ".0001",
    ".001",
    ".01",
    ".1",
  ];
  ascending.push(".100000001", ".12", ".120000000001".slice(0, 10), ".9", ".999999999");
  // .12 and .120000000 are one instant, so their ids decide; they are given in that order.
  const messages = ascending.map((fraction, index) => ({ message_id: `m${10 + index}`, ts: at(fraction) }));
  await keep(url, messages.toReversed());
  const page = await list(url);
  assert.deepEqual(
    page.data.map(({ ts }) => ts),
    ascending.map(at),
  );
});

test("the order holds across days, years and the beginning of 1970", async (t) => {
  const { url } = await startTestService(t);
  const ascending = [
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1969-12-31T23:59:59.25Z",
    "1969-12-31T23:59:59.999999999Z",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00.000000001Z",
    "2024-02-29T23:59:59Z",
    "2024-03-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
  ];
  await keep(url, ascending.map((ts) => ({ message_id: ts, ts })).toReversed());
  assert.deepEqual(await listIds(url), ascending);
  assert.deepEqual(await listIds(url, "order=desc"), ascending.toReversed());
});

test("two spellings of one instant are equal, and the id decides", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [
    { message_id: "a", ts: at(".50") },
    { message_id: "b", ts: at(".5") },
    { message_id: "c", ts: at(".500000000") },
    { message_id: "d", ts: at(".5") },
  ]);
  assert.deepEqual(await listIds(url), ["a", "b", "c", "d"]);
  assert.deepEqual(await listIds(url, "order=desc"), ["d", "c", "b", "a"]);
  for (const spelling of [".5", ".50", ".500000000"]) {
    assert.equal((await list(url, `since=${at(spelling)}`)).total, 4, `since ${spelling}`);
    assert.equal((await list(url, `until=${at(spelling)}`)).total, 0, `until ${spelling}`);
  }
});

test("messages of one instant are ordered by the UTF-8 bytes of message_id, in both directions", async (t) => {
  const { url } = await startTestService(t);
  // In UTF-16, as JavaScript compares, U+E000 and U+FFFD sort behind the astral ones; as bytes, before them.
  const ascending = [
    "\u0001",
    " ",
    "!",
    "10",
    "2",
    "A",
    "Z",
    "a",
    "aA",
    "aa",
    "b",
    "\u007f",
    "e\u0301",
    "é",
    "ß",
    "İ",
  ];
  ascending.push("я", "\u{D7FF}", "\u{E000}", "\u{FFFD}", "\u{FFFF}", "\u{10000}", "😀", "😀a", "\u{10FFFF}");
  ascending.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.ok(ascending.indexOf("\u{FFFD}") < ascending.indexOf("😀"));
  assert.notDeepEqual(ascending, ascending.toSorted());
  const ids = ascending.map((message_id) => ({ message_id }));
  await keep(url, [
    ...ids.filter((_, index) => index % 2 === 1).toReversed(),
    ...ids.filter((_, index) => index % 2 === 0),
  ]);
  assert.deepEqual(await listIds(url), ascending);
  assert.deepEqual(await listIds(url, "order=desc"), ascending.toReversed());
  // Filters may be read off other indexes; the order must not depend on it.
  assert.deepEqual(await listIds(url, "from=+919876543210"), ascending);
  assert.deepEqual(await listIds(url, "to=+14155550100&order=desc"), ascending.toReversed());
  assert.deepEqual(await listIds(url, "q=hello"), ascending);
});

test("since is inclusive, until exclusive, both as instants", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [
    { ts: at("") },
    { ts: at(".5") },
    { ts: "2025-01-15T10:00:01Z" },
    { ts: "2025-01-15T10:00:02Z" },
  ]);
  for (const [query, ids] of [
    [`since=${at("")}`, ["m0", "m1", "m2", "m3"]],
    [`since=${at(".0")}`, ["m0", "m1", "m2", "m3"]],
    [`since=${at(".000000001")}`, ["m1", "m2", "m3"]],
    [`since=${at(".50")}`, ["m1", "m2", "m3"]],
    [`since=${at(".500000001")}`, ["m2", "m3"]],
    [`until=${at("")}`, []],
    [`until=${at(".000000001")}`, ["m0"]],
    [`until=${at(".5")}`, ["m0"]],
    [`until=${at(".500000001")}`, ["m0", "m1"]],
    ["until=2025-01-15T10:00:02Z", ["m0", "m1", "m2"]],
    [`since=${at(".5")}&until=2025-01-15T10:00:02Z`, ["m1", "m2"]],
    [`since=${at(".5")}&until=${at(".5")}`, []],
    ["since=2025-01-15T10:00:02Z&until=2025-01-15T10:00:00Z", []],
    ["since=2025-01-15T10%3A00%3A02Z", ["m3"]],
    ["since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z", ["m0", "m1", "m2", "m3"]],
  ] as const) {
    assert.deepEqual(await listIds(url, query), ids, query);
    assert.equal((await list(url, `${query}&limit=1`)).total, ids.length, query);
    assert.deepEqual(await listIds(url, `${query}&order=desc`), ids.toReversed(), query);
  }
});

test("since and until are real UTC date-times with Z, else 422", async (t) => {
  const { url } = await startTestService(t);
  for (const wrong of [
    "2025",
    "2025-01-15",
    "2025-01-15T10:00Z",
    "2025-01-15T10:00:00",
    "2025-01-15%2010:00:00Z",
    "2025-01-15T10:00:00+00:00",
    "2025-01-15T10:00:00%2B00:00",
    "2025-01-15T10:00:00-05:00",
    "2025-01-15T10:00:00.Z",
    "2025-01-15T10:00:00,5Z",
    "2025-02-29T10:00:00Z",
    "2025-02-30T10:00:00Z",
    "2025-13-01T10:00:00Z",
    "2025-00-01T10:00:00Z",
    "2025-01-00T10:00:00Z",
    "2025-01-32T10:00:00Z",
    "2025-01-15T24:00:00Z",
    "2025-01-15T10:60:00Z",
    "2025-01-15T10:00:61Z",
    "+12025-01-15T10:00:00Z",
    "20250115T100000Z",
    "1736935200",
    "now",
    "%202025-01-15T10:00:00Z",
    "2025-01-15T10:00:00Z%0A",
  ]) {
    for (const name of ["since", "until"]) await assertRefused(url, `${name}=${wrong}`, name);
  }
});

test("order is asc or desc, written so", async (t) => {
  const { url } = await startTestService(t);
  for (const wrong of ["ASC", "Desc", "up", "1", "asc%20", "", "asc,desc"]) {
    await assertRefused(url, `order=${wrong}`, "order");
  }
});
