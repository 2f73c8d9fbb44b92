import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, post, request } from "./support/client.ts";
import { keep } from "./support/listing.ts";
import { getRaw } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

/** Every byte of the id percent-encoded, also those that a URL may hold as they are: nothing can be resolved away. */
function encodeAll(id: string): string {
  return [...Buffer.from(id)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

function assertNotFound(answer: Answer, what: string): void {
  assert.equal(answer.status, 404, `${what}: ${answer.text}`);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/, what);
  const { detail, ...others } = answer.json as { detail: unknown };
  assert.ok(typeof detail === "string" && detail !== "", what);
  assert.deepEqual(others, {}, what);
}

test("a message is found by its id, with exactly the members of the contract", async (t) => {
  const { url } = await startTestService(t);
  const sent = sampleMessage({ ts: "2025-01-15T10:00:00.50Z", text: "Grüße\n" });
  await post(url, { ...sent, extra: 1 });
  await keep(url, [{ message_id: "m2", text: null }]);

  const found = await request(`${url}/messages/m1`);
  assert.equal(found.status, 200);
  assert.match(found.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(found.json, sent);
  assert.deepEqual(
    (await request(`${url}/messages/m2`)).json,
    sampleMessage({ message_id: "m2", text: null }),
  );
});

test("an id that no message has is a 404 as JSON", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ message_id: "m1" }, { message_id: "a/b" }]);
  for (const id of [
    "m",
    "m11",
    "M1",
    "m1%20",
    "%20m1",
    "m1%00",
    "nothing",
    "%25",
    "_",
    "m%25",
    "*",
    "a%252fb",
    "a/b",
  ]) {
    assertNotFound(await getRaw(url, `/messages/${id}`), id);
  }
  for (const id of ["x".repeat(257), "x".repeat(5_000), encodeAll("😀".repeat(257))]) {
    assertNotFound(await getRaw(url, `/messages/${id}`), `${id.slice(0, 20)}… of ${id.length}`);
  }
});

test("a path that is not percent-encoded UTF-8 is refused as JSON, never a failure of ours", async (t) => {
  const { url } = await startTestService(t);
  for (const id of ["%", "%zz", "%ff", "%e2%82", "%ed%a0%80", "%c0%af"]) {
    const answer = await getRaw(url, `/messages/${id}`);
    assert.ok(answer.status >= 400 && answer.status < 500, `${id}: ${answer.status}`);
    assert.deepEqual(Object.keys(answer.json as object), ["detail"], id);
  }
});

test("any id that can be stored can be asked for, percent-encoded", async (t) => {
  const { url } = await startTestService(t);
  const ids = [
    "a/b",
    "/",
    "//",
    "a//b",
    "/a/",
    "100%",
    "%",
    "%%",
    "%2F",
    "%2f",
    "%25",
    "%252F",
    "%00",
    "a%20b",
  ];
  ids.push(
    " ",
    "a b",
    " a ",
    "a+b",
    "+",
    "a&b=c",
    "?",
    "a?b",
    "#",
    "a#b",
    ";",
    "a;b",
    ":",
    ":message_id",
    "*",
    "a*b",
  );
  ids.push(
    '"',
    "'",
    '"; DROP TABLE messages; --',
    "''",
    "\\",
    "a\\b",
    "<b>",
    "{}",
    "[]",
    "|",
    "^",
    "`",
    "~",
    "@",
    "!",
  );
  ids.push(
    "é",
    "e\u0301",
    "ß",
    "я",
    "İ",
    "日本語",
    "😀",
    "👩‍👩‍👧",
    "\u202Eabc",
    "\uFFFD",
    "\uFEFF",
    "\u{10FFFF}",
  );
  ids.push(
    "\u0001",
    "\t",
    "\n",
    "a\r\nb",
    "\u007f",
    "\u0085",
    "\u2028",
    "null",
    "undefined",
    "__proto__",
    "0",
    "stats",
  );
  const sent = await keep(
    url,
    ids.map((message_id) => ({ message_id, text: `text of ${message_id}` })),
  );
  for (const message of sent) {
    const { message_id } = message;
    const what = JSON.stringify(message_id);
    for (const encoded of new Set([encodeURIComponent(message_id), encodeAll(message_id)])) {
      const answer = await getRaw(url, `/messages/${encoded}`);
      assert.deepEqual(answer.json, message, `${what} as ${encoded}: ${answer.status}`);
    }
  }
});

test("ids that look like steps up a path are ids", async (t) => {
  const { url } = await startTestService(t);
  const sent = await keep(
    url,
    [".", "..", "...", "../stats", "..\\stats", "/../", "../../etc/passwd", "a/../b"].map((message_id) => ({
      message_id,
    })),
  );
  for (const message of sent) {
    const answer = await getRaw(url, `/messages/${encodeAll(message.message_id)}`);
    assert.deepEqual(answer.json, message, message.message_id);
  }
});

test("ids of 1 and of 256 characters are found, whatever the characters", async (t) => {
  const { url } = await startTestService(t);
  const ids = ["x", "é", "\uFFFD", "😀", "/", "%", " ", '"', "\u0001"].flatMap((character) => [
    character,
    character.repeat(255),
    character.repeat(256),
  ]);
  const sent = await keep(
    url,
    ids.map((message_id) => ({ message_id })),
  );
  for (const message of sent) {
    const answer = await getRaw(url, `/messages/${encodeAll(message.message_id)}`);
    assert.deepEqual(
      answer.json,
      message,
      `${message.message_id.slice(0, 2)}… of ${message.message_id.length}`,
    );
  }
});

test("ids are told apart to the byte: case, composition, spaces", async (t) => {
  const { url } = await startTestService(t);
  const ids = ["Abc", "abc", "ABC", "abc ", " abc", "caf\u00e9", "cafe\u0301", "1", "01", "1.0"];
  await keep(
    url,
    ids.map((message_id) => ({ message_id, text: message_id })),
  );
  for (const id of ids) {
    const answer = await request(`${url}/messages/${encodeURIComponent(id)}`);
    assert.equal((answer.json as { text: string }).text, id);
  }
});
