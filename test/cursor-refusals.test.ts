import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCursor } from "../src/position-cursor.ts";
import { request } from "./support/client.ts";
import { assertRefused, encode, keep, nextOf } from "./support/listing.ts";
import { startTestService } from "./support/service.ts";

/** The cursor behind the first of two messages. */
async function realCursor(url: string): Promise<string> {
  await keep(url, [{}, {}]);
  const next = nextOf(url, await request(`${url}/messages?limit=1`));
  const cursor = new URL(next ?? "").searchParams.get("cursor");
  assert.ok(cursor !== null);
  return cursor;
}

test("a cursor is opaque text that needs no encoding in a URL", async (t) => {
  const { url } = await startTestService(t);
  assert.match(await realCursor(url), /^[A-Za-z0-9._~-]+$/);
});

test("a cursor together with an offset is refused, also with offset 0", async (t) => {
  const { url } = await startTestService(t);
  const cursor = await realCursor(url);
  for (const offset of ["0", "1"]) {
    await assertRefused(url, `cursor=${cursor}&offset=${offset}`, "cursor");
    await assertRefused(url, `offset=${offset}&limit=1&cursor=${cursor}`, "cursor");
  }
});

test("what is not a cursor is refused", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{}]);
  for (const garbage of [
    "garbage",
    "0",
    "%20",
    "null",
    "%7B%7D",
    "____",
    "AAAA",
    "%F0%9F%98%80",
    "%27",
    "W10",
    "WzEsMiwzXQ",
    "x".repeat(10_000),
  ]) {
    await assertRefused(url, `cursor=${garbage}`, "cursor");
  }
});

test("a cursor that was cut short, lengthened, or written another way is refused", async (t) => {
  const { url } = await startTestService(t);
  const cursor = await realCursor(url);
  for (let length = 1; length < cursor.length; length += 1) {
    await assertRefused(url, `cursor=${cursor.slice(0, length)}`, "cursor");
  }
  for (const other of [
    `${cursor}A`,
    `${cursor}=`,
    ` ${cursor}`,
    `${cursor} `,
    `${cursor}\n`,
    cursor + cursor,
  ]) {
    await assertRefused(url, encode({ cursor: other }), "cursor");
  }
});

test("a cursor with one character changed is refused, or is a position like any other; never a failure", async (t) => {
  const { url } = await startTestService(t);
  const cursor = await realCursor(url);
  for (let index = 0; index < cursor.length; index += 1) {
    for (const character of ["A", "z", "0", "_"]) {
      const changed = cursor.slice(0, index) + character + cursor.slice(index + 1);
      const answer = await request(`${url}/messages?cursor=${changed}`);
      assert.ok([200, 422].includes(answer.status), `${changed}: ${answer.status} ${answer.text}`);
    }
  }
});

test("a cursor with a position that no message can have is refused", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{}]);
  const position = { seconds: 1_736_935_200, nanos: 0, message_id: "m" };
  const impossible = {
    "nanoseconds below 0": { ...position, nanos: -1 },
    "nanoseconds of a whole second": { ...position, nanos: 1_000_000_000 },
    "an empty id": { ...position, message_id: "" },
    "an id of 257 characters": { ...position, message_id: "x".repeat(257) },
    "an id with U+0000": { ...position, message_id: "a\0b" },
    "an id with a lone surrogate": { ...position, message_id: "a\uD800" },
    "a year behind 9999": { ...position, seconds: Number.MAX_SAFE_INTEGER },
    "a year before 0": { ...position, seconds: Number.MIN_SAFE_INTEGER },
  };
  const accepted: string[] = [];
  for (const [what, wrong] of Object.entries(impossible)) {
    const answer = await request(`${url}/messages?cursor=${encodeCursor(wrong)}`);
    if (answer.status !== 422) accepted.push(what);
  }
  assert.deepEqual(accepted, []);
});
