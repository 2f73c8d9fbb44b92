import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { bytesOf, post, request, signature } from "./support/client.ts";
import { openRaw, rawHead, rawPost } from "./support/raw.ts";
import { detailOf, totalOf } from "./support/refusal.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

const BODY_BYTES_MAX = 65_536;

/** The sample padded with white space, which JSON allows after the value, to that many bytes. */
function paddedTo(bytes: number): Buffer {
  const body = bytesOf(sampleMessage());
  return Buffer.concat([body, Buffer.alloc(bytes - body.length, " ")]);
}

/** As HTTP/1.1 sends a body whose length it does not say (RFC 9112 §7.1), in chunks of at most 16 KiB. */
function chunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < body.length; start += 16_384) {
    const chunk = body.subarray(start, start + 16_384);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

function chunkedPost(body: Buffer): Buffer {
  const headers = [`X-Signature: ${signature(body)}`, "Transfer-Encoding: chunked"];
  return Buffer.concat([Buffer.from(rawHead("POST /webhook", headers)), chunked(body)]);
}

test("any content type is read as JSON", async (t) => {
  const { url } = await startTestService(t);
  const types = [
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=latin1",
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/octet-stream",
    ";;;",
    "nonsense",
    "a/b/c",
    "application/json; ;=",
    "*/*",
    "",
  ];
  for (const [index, type] of types.entries()) {
    const message = sampleMessage({ message_id: `m${index}`, text: "é😀" });
    const answer = await post(url, message, { "content-type": type });
    assert.equal(answer.status, 200, `${type}: ${answer.text}`);
    assert.deepEqual((await request(`${url}/messages/m${index}`)).json, message);
  }
});

test("no content type at all, or two, are read as JSON", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  for (const [index, headers] of [[], ["Content-Type: a/b", "Content-Type: c/d"]].entries()) {
    await connection.send(rawPost(sampleMessage({ message_id: `m${index}` }), headers));
    assert.equal((await connection.answer()).status, 200);
  }
  assert.equal(await totalOf(url), 2);
});

test("a content encoding other than identity is 415, whatever the bytes, and nothing is stored", async (t) => {
  const { url } = await startTestService(t);
  const plain = bytesOf(sampleMessage());
  const encoded = { gzip: gzipSync(plain), deflate: deflateSync(plain), br: brotliCompressSync(plain) };
  for (const [encoding, bytes] of Object.entries(encoded)) {
    const answer = await post(url, bytes, { "content-encoding": encoding });
    assert.equal(answer.status, 415, encoding);
    assert.match(detailOf(answer), /content-encoding/i);
    assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  }
  for (const encoding of ["gzip", "GZIP", "x-unknown", "identity, gzip", "gzip, identity"]) {
    assert.equal((await post(url, plain, { "content-encoding": encoding })).status, 415, encoding);
  }
  assert.equal(await totalOf(url), 0);
});

test("a wrong signature on an encoded body is 401: nothing is looked at before it", async (t) => {
  const { url } = await startTestService(t);
  const headers = { "content-encoding": "gzip", "x-signature": "0".repeat(64) };
  assert.equal((await post(url, gzipSync("{}"), headers)).status, 401);
});

test("the identity encoding is accepted in either letter case", async (t) => {
  const { url } = await startTestService(t);
  for (const encoding of ["identity", "Identity"]) {
    assert.equal((await post(url, sampleMessage(), { "content-encoding": encoding })).status, 200);
  }
});

test("a body of exactly 64 KiB is accepted, and one byte more is 413", async (t) => {
  const { url } = await startTestService(t);
  const answer = await post(url, paddedTo(BODY_BYTES_MAX + 1));
  assert.equal(answer.status, 413);
  assert.notEqual(detailOf(answer), "");
  assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  assert.equal(await totalOf(url), 0);
  assert.equal((await post(url, paddedTo(BODY_BYTES_MAX))).status, 200);
  assert.equal(await totalOf(url), 1);
});

test("the limit is the same for a body that comes in chunks without its length", async (t) => {
  const { url } = await startTestService(t);
  const over = await openRaw(t, url);
  await over.send(chunkedPost(paddedTo(BODY_BYTES_MAX + 1)));
  const answer = await over.answer();
  assert.equal(answer.status, 413);
  assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  assert.equal(await totalOf(url), 0);

  const exact = await openRaw(t, url);
  await exact.send(chunkedPost(paddedTo(BODY_BYTES_MAX)));
  assert.equal((await exact.answer()).status, 200);
  assert.equal(await totalOf(url), 1);
});

test("a message of the longest text, written in escapes throughout, fits", async (t) => {
  const { url } = await startTestService(t);
  const body = JSON.stringify(sampleMessage({ text: "T" })).replace(
    '"T"',
    `"${"\\ud83d\\ude00".repeat(4096)}"`,
  );
  assert.equal((await post(url, body)).status, 200);
  const found = await request(`${url}/messages/m1`);
  assert.deepEqual(found.json, sampleMessage({ text: "😀".repeat(4096) }));
});

test("an empty body is 401 unsigned, and 422 with its right signature", async (t) => {
  const { url } = await startTestService(t);
  assert.equal((await request(`${url}/webhook`, { method: "POST" })).status, 401);
  const signed = await post(url, "");
  assert.equal(signed.status, 422);
  assert.match(detailOf(signed), /body/);

  const connection = await openRaw(t, url);
  await connection.send(rawHead("POST /webhook", [`X-Signature: ${signature("")}`]));
  assert.equal((await connection.answer()).status, 422, "neither Content-Length nor chunks");
  assert.equal(await totalOf(url), 0);
});

test("a body whose bytes come one at a time is read whole", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  for (const byte of rawPost(sampleMessage({ text: "é😀" }))) await connection.send(Buffer.of(byte));
  assert.equal((await connection.answer()).status, 200);
  assert.deepEqual((await request(`${url}/messages/m1`)).json, sampleMessage({ text: "é😀" }));
});
