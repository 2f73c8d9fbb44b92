import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { assertRefused, keep, list, listIds } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

test("an empty inbox lists as an empty page", async (t) => {
  const { url } = await startTestService(t);
  const answer = await request(`${url}/messages`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(answer.text, '{"data":[],"total":0,"limit":50,"offset":0}');
  assert.equal(answer.headers.get("link"), null);
});

test("a message is listed with exactly the members of the contract, ts as it was sent", async (t) => {
  const { url } = await startTestService(t);
  const sent = sampleMessage({ ts: "2025-01-15T10:00:00.500Z", text: null });
  const { text: _, ...withoutText } = sent;
  // What the contract does not name is ignored, so it must not come back either.
  await post(url, { ...withoutText, extra: "unasked", from_: sent.from });
  const answer = await request(`${url}/messages`);
  assert.deepEqual(answer.json, { data: [sent], total: 1, limit: 50, offset: 0 });
});

test("texts come back as they were sent, whatever is in them", async (t) => {
  const { url } = await startTestService(t);
  const texts = [
    "",
    " ",
    "a\r\n\tb",
    "e\u0301 is not \u00e9",
    "İ ς Ω",
    "👩‍👩‍👧 \u{10FFFF}",
    '\\"%_*\u0001\u007f\u2028',
  ];
  const sent = await keep(
    url,
    texts.map((text) => ({ text })),
  );
  assert.deepEqual((await list(url)).data, sent);
});

test("limit is 1 to 100, and 50 when it is not given", async (t) => {
  const { url } = await startTestService(t);
  await keep(
    url,
    Array.from({ length: 101 }, () => ({})),
  );
  for (const [query, length, limit] of [
    ["limit=1", 1, 1],
    ["limit=2", 2, 2],
    ["limit=99", 99, 99],
    ["limit=100", 100, 100],
    ["", 50, 50],
  ] as const) {
    const page = await list(url, query);
    assert.deepEqual([page.data.length, page.limit, page.total, page.offset], [length, limit, 101, 0], query);
  }
  for (const wrong of ["0", "101", "-1", "9007199254740993", "99999999999999999999"]) {
    await assertRefused(url, `limit=${wrong}`, "limit");
  }
});

test("limit and offset are whole numbers written in plain digits", async (t) => {
  const { url } = await startTestService(t);
  const wrongs = ["1.0", "1.5", "1e1", "+5", "%2B5", "-0", "", "%205", "5%20", "0x5", "1_0", "five", "NaN"];
  for (const name of ["limit", "offset"]) {
    for (const wrong of [...wrongs, "%EF%BC%95", "%D9%A5", "5,5", "null", "Infinity"]) {
      await assertRefused(url, `${name}=${wrong}`, name);
    }
    await assertRefused(url, name, name);
  }
});

test("limit and offset are written without leading zeros", async (t) => {
  const { url } = await startTestService(t);
  for (const name of ["limit", "offset"]) {
    for (const wrong of ["05", "00", "0050"]) await assertRefused(url, `${name}=${wrong}`, name);
  }
});

test("offset is 0 or more, and a page beyond the end is empty with the exact total", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{}, {}, {}]);
  for (const [offset, ids] of [
    ["0", ["m0", "m1", "m2"]],
    ["1", ["m1", "m2"]],
    ["2", ["m2"]],
    ["3", []],
    ["1000000000000", []],
    [String(Number.MAX_SAFE_INTEGER), []],
  ] as const) {
    const page = await list(url, `offset=${offset}`);
    assert.deepEqual(
      page.data.map(({ message_id }) => message_id),
      ids,
      offset,
    );
    assert.deepEqual([page.total, page.limit, page.offset], [3, 50, Number(offset)]);
  }
  for (const wrong of ["-1", "9007199254740992", "18446744073709551616"]) {
    await assertRefused(url, `offset=${wrong}`, "offset");
  }
});

test("pages by offset make up the whole list", async (t) => {
  const { url } = await startTestService(t);
  const sent = await keep(
    url,
    Array.from({ length: 11 }, (_, index) => ({ ts: `2025-01-15T10:00:${10 + index}Z` })),
  );
  const seen: string[] = [];
  for (let offset = 0; offset < 12; offset += 4)
    seen.push(...(await listIds(url, `limit=4&offset=${offset}`)));
  assert.deepEqual(
    seen,
    sent.map(({ message_id }) => message_id),
  );
});

test("from finds the exact sender, with the plus unencoded, encoded, or turned into a space", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [
    {},
    { from: "+91987654321" },
    { from: "+9198765432100" },
    { to: "+919876543210", from: "+1" },
  ]);
  for (const from of ["+919876543210", "%2B919876543210", "%2b919876543210", "%20919876543210"]) {
    assert.deepEqual(await listIds(url, `from=${from}`), ["m0"], from);
  }
  assert.deepEqual(await listIds(url, "from=+1"), ["m3"]);
});

test("to finds the exact recipient, with the plus unencoded, encoded, or turned into a space", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{}, { to: "+1415555010" }, { to: "+141555501000" }, { from: "+14155550100", to: "+2" }]);
  for (const to of ["+14155550100", "%2B14155550100", "%2014155550100"]) {
    assert.deepEqual(await listIds(url, `to=${to}`), ["m0"], to);
  }
});

test("a sender or recipient that no message has is an empty list, not an error", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{}]);
  // Senders of other providers are not telephone numbers, so any name may be asked for.
  for (const value of ["abc", "919876543210", "%25", "_", "*", "'", "%22", "%F0%9F%98%80", "whatsapp%3A+1"]) {
    for (const name of ["from", "to"]) {
      assert.deepEqual(await list(url, `${name}=${value}`), { data: [], total: 0, limit: 50, offset: 0 });
    }
  }
});

test("from and to take up to 128 characters, counted as code points", async (t) => {
  const { url } = await startTestService(t);
  const astral = encodeURIComponent("😀");
  for (const name of ["from", "to"]) {
    for (const character of ["x", astral]) {
      assert.equal((await list(url, `${name}=${character.repeat(128)}`)).total, 0);
      await assertRefused(url, `${name}=${character.repeat(129)}`, name);
    }
  }
});

test("an empty filter counts as absent", async (t) => {
  const { url } = await startTestService(t);
  const sent = await keep(url, [{}, { text: null }]);
  for (const query of ["from=", "to=", "since=", "until=", "q=", "q", "from=&to=&since=&until=&q="]) {
    assert.deepEqual(await list(url, query), { data: sent, total: 2, limit: 50, offset: 0 }, query);
  }
});

test("filters narrow together, and total counts what matches all of them, whatever limit and offset", async (t) => {
  const { url } = await startTestService(t);
  const from = "+111";
  const to = "+222";
  await keep(url, [
    { from, to, text: "Invoice 1", ts: "2025-01-01T00:00:00Z" },
    { from, to, text: "invoice 2", ts: "2025-01-02T00:00:00Z" },
    { from, to, text: "INVOICE 3", ts: "2025-01-03T00:00:00Z" },
    { from, to, text: "invoice 4", ts: "2025-01-04T00:00:00Z" },
    { from, to, text: "reminder", ts: "2025-01-02T00:00:00Z" },
    { from, to, text: null, ts: "2025-01-02T00:00:00Z" },
    { from: "+112", to, text: "invoice", ts: "2025-01-02T00:00:00Z" },
    { from, to: "+223", text: "invoice", ts: "2025-01-02T00:00:00Z" },
  ]);
  const filters = "from=+111&to=+222&q=invoice&since=2025-01-02T00:00:00Z&until=2025-01-04T00:00:00Z";
  assert.deepEqual(await listIds(url, filters), ["m1", "m2"]);
  assert.deepEqual(await listIds(url, `${filters}&order=desc`), ["m2", "m1"]);
  for (const [page, length] of [
    ["limit=1", 1],
    ["limit=1&offset=1", 1],
    ["limit=1&offset=2", 0],
    ["limit=100&offset=0", 2],
  ] as const) {
    const { data, total } = await list(url, `${filters}&${page}`);
    assert.deepEqual([data.length, total], [length, 2], page);
  }
});

test("a message is in the list as soon as it has been acknowledged", async (t) => {
  const { url } = await startTestService(t);
  for (let count = 1; count <= 20; count += 1) {
    await post(url, sampleMessage({ message_id: `m${count}`, text: `number ${count}.` }));
    assert.equal((await list(url)).total, count);
    assert.deepEqual(await listIds(url, `q=number+${count}.`), [`m${count}`]);
  }
});
