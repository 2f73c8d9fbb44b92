import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { encode, keep, list, nextOf, walk } from "./support/listing.ts";
import { getRaw } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

const second = (number: number): string => `2025-01-15T10:00:${String(number).padStart(2, "0")}Z`;

/** Messages three to an instant, so that pages also end between messages of one instant. */
function messages(count: number): { message_id: string; ts: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    message_id: `m${100 + index}`,
    ts: second(Math.floor(index / 3)),
  }));
}

test("the links visit every message once, in order, whatever the limit and the direction", async (t) => {
  const { url } = await startTestService(t);
  const sent = await keep(url, messages(23));
  const ascending = sent.map(({ message_id }) => message_id);
  for (const limit of [1, 2, 3, 7, 22, 23, 24, 100]) {
    for (const order of ["asc", "desc"] as const) {
      const { ids, pages } = await walk(url, `limit=${limit}&order=${order}`);
      assert.deepEqual(ids, order === "asc" ? ascending : ascending.toReversed(), `${order} by ${limit}`);
      assert.equal(pages.length, Math.ceil(23 / limit), `${order} by ${limit}: no empty page at the end`);
      for (const page of pages) assert.deepEqual([page.total, page.limit], [23, limit]);
    }
  }
});

test("without a limit the pages are of 50", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, messages(101));
  const { pages } = await walk(url, "");
  assert.deepEqual(
    pages.map(({ data, limit, total }) => [data.length, limit, total]),
    [
      [50, 50, 101],
      [50, 50, 101],
      [1, 50, 101],
    ],
  );
});

test("the last page has no link, full or not, nor has an empty one", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, messages(4));
  for (const query of [
    "",
    "limit=4",
    "limit=100",
    "limit=2&offset=2",
    "limit=2&offset=3",
    "offset=4",
    "offset=99",
  ]) {
    assert.equal((await request(`${url}/messages?${query}`)).headers.get("link"), null, query);
  }
  assert.equal((await request(`${url}/messages?q=nothing&limit=1`)).headers.get("link"), null);
  assert.notEqual((await request(`${url}/messages?limit=3`)).headers.get("link"), null);
});

test("filters, order and limit are kept by the link", async (t) => {
  const { url } = await startTestService(t);
  const from = "+111";
  await keep(
    url,
    messages(30).map(({ message_id, ts }, index) => ({
      message_id,
      ts,
      from: index % 2 === 0 ? from : "+222",
      to: index % 5 === 0 ? "+333" : "+444",
      text: index % 3 === 0 ? "a 100% sure thing & more=" : "something else",
    })),
  );
  const filters = {
    sender: ["from=+111", "from=%2B111", "from=%20111"],
    recipient: ["to=+444"],
    text: ["q=100%25+sure", "q=%26+more%3D", encode({ q: "& MORE=" })],
    time: [`since=${second(2)}&until=${second(8)}`, `since=${second(2)}`, `until=${second(8)}`],
    all: [`from=+111&to=+444&q=SURE&since=${second(1)}&until=${second(9)}`],
  };
  for (const filter of Object.values(filters).flat()) {
    for (const order of ["asc", "desc"]) {
      const whole = await list(url, `${filter}&order=${order}&limit=100`);
      assert.ok(whole.total > 1 && whole.total < 30, `${filter} narrows`);
      const { ids, pages } = await walk(url, `${filter}&order=${order}&limit=2`);
      assert.deepEqual(
        ids,
        whole.data.map(({ message_id }) => message_id),
        filter,
      );
      for (const page of pages) assert.deepEqual([page.total, page.limit], [whole.total, 2], filter);
    }
  }
});

test("a page found by offset leads on by cursor from where it ends", async (t) => {
  const { url } = await startTestService(t);
  const sent = await keep(url, messages(10));
  const ascending = sent.map(({ message_id }) => message_id);
  assert.deepEqual((await walk(url, "offset=4&limit=2")).ids, ascending.slice(4));
  assert.deepEqual((await walk(url, "limit=3&offset=0")).ids, ascending);
  assert.deepEqual((await walk(url, "limit=3&offset=1&order=desc")).ids, ascending.toReversed().slice(1));
  // A parameter's name may be percent-encoded, so the link must not carry this offset along with its cursor.
  assert.deepEqual((await walk(url, "%6Fffset=4&limit=2")).ids, ascending.slice(4));
});

test("messages that arrive in between are neither skipped nor do they repeat others, ascending", async (t) => {
  const { url } = await startTestService(t);
  const sent = await keep(url, messages(9));
  const { ids } = await walk(url, "limit=2", async (page) => {
    if (page > 4) return;
    // One before all that was seen, one at the very end; on the first page also one just behind the position.
    await post(url, sampleMessage({ message_id: `early${page}`, ts: "2020-01-01T00:00:00Z" }));
    await post(url, sampleMessage({ message_id: `late${page}`, ts: second(40 + page) }));
    if (page === 1) await post(url, sampleMessage({ message_id: "m101a", ts: second(0) }));
  });
  const expected = sent.map(({ message_id }) => message_id);
  expected.splice(2, 0, "m101a");
  assert.deepEqual(ids, [...expected, "late1", "late2", "late3", "late4"]);
});

test("messages that arrive in between are neither skipped nor do they repeat others, descending", async (t) => {
  const { url } = await startTestService(t);
  const sent = await keep(url, messages(9));
  const { ids } = await walk(url, "limit=2&order=desc", async (page) => {
    if (page > 4) return;
    await post(url, sampleMessage({ message_id: `newest${page}`, ts: second(50) }));
    await post(url, sampleMessage({ message_id: `oldest${page}`, ts: "2020-01-01T00:00:00Z" }));
  });
  const expected = sent.map(({ message_id }) => message_id).toReversed();
  assert.deepEqual(ids, [...expected, "oldest4", "oldest3", "oldest2", "oldest1"]);
});

test("fractions and dates before 1970 do not lose the position", async (t) => {
  const { url } = await startTestService(t);
  const ascending = ["0000-01-01T00:00:00Z", "1901-12-13T20:45:51.1Z", "1969-12-31T23:59:59.999999999Z"];
  ascending.push("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000001Z", "1970-01-01T00:00:00.1Z");
  ascending.push("2038-01-19T03:14:08Z", "9999-12-31T23:59:59.999999998Z", "9999-12-31T23:59:59.999999999Z");
  await keep(
    url,
    ascending.map((ts) => ({ message_id: ts, ts })),
  );
  assert.deepEqual((await walk(url, "limit=1")).ids, ascending);
  assert.deepEqual((await walk(url, "limit=1&order=desc")).ids, ascending.toReversed());
});

test("the longest ids, of whatever characters, do not lose the position", async (t) => {
  const { url } = await startTestService(t);
  const ids = ["x", "é", "\uFFFD", "😀", "\u0001", '"', "\\", "%", "/", "+", " "].flatMap((character) => [
    character.repeat(255),
    character.repeat(256),
    `${character.repeat(255)}\u{10FFFF}`,
  ]);
  ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  await keep(
    url,
    ids.map((message_id) => ({ message_id })),
  );
  assert.deepEqual((await walk(url, "limit=1")).ids, ids);
  assert.deepEqual((await walk(url, "limit=1&order=desc")).ids, ids.toReversed());
});

test("the link can be read whatever characters the request was written with", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ text: 'a>b"c' }, { text: 'A>B"C' }, { text: "a<b" }]);
  // Clients such as curl send these as they are typed, and in a Link a `>` would end the address (RFC 8288 §3).
  for (const [query, second] of [
    ["q=a>b&limit=1", "m1"],
    ['q=b"c&limit=1', "m1"],
    ["q=a&limit=2&from=+919876543210", "m2"],
    ["&&limit=2&", "m2"],
  ]) {
    const answer = await getRaw(url, `/messages?${query}`);
    assert.equal(answer.status, 200, answer.text);
    const next = nextOf(url, answer);
    assert.ok(next !== undefined, query);
    assert.deepEqual(
      ((await request(next)).json as { data: { message_id: string }[] }).data.map(
        ({ message_id }) => message_id,
      ),
      [second],
      query,
    );
  }
});
