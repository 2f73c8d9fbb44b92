/** What an operator learns of requests that were refused. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { NOT_LOOKED_INTO, type RejectionsAnswer } from "../src/rejection-schemas.ts";
import { post, request, signature } from "./support/client.ts";
import { runClient } from "./support/cli.ts";
import { eventually } from "./support/eventually.ts";
import { assertNames } from "./support/listing.ts";
import { openRaw } from "./support/raw.ts";
import { lastOf } from "./support/rejections.ts";
import { sampleMessage, SECRET } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

const MESSAGE = sampleMessage({ text: "Grüße 😀" });
const BODY = JSON.stringify(MESSAGE);
const FORGED = "0".repeat(64);

function hmac(key: string, bytes: string, algorithm = "sha256") {
  return createHmac(algorithm, key).update(bytes).digest();
}

const { message_id, from, to, ts, text } = MESSAGE;
/** As Python's json.dumps writes it. */
const SPACED = `{"message_id": "${message_id}", "from": "${from}", "to": "${to}", "ts": "${ts}", "text": "${text}"}`;

/** What a sender signs, or how; and in which words it is told. */
const CAUSES: readonly (readonly [signature: string, cause: RegExp, body?: string])[] = [
  [signature(JSON.stringify(MESSAGE)), /compact JSON: the sender signs something else/, SPACED],
  [signature(SPACED), /JSON with spaces: the sender/],
  [
    signature(SPACED.replace("ü", "\\u00fc").replace("ß", "\\u00df").replace("😀", "\\ud83d\\ude00")),
    /spaces in ASCII/,
  ],
  [signature(JSON.stringify(MESSAGE, null, 2)), /indented JSON/],
  [signature(JSON.stringify({ from, message_id, text, to, ts })), /sorted members/],
  [signature(BODY), /without the white space around it/, `${BODY}\n`],
  [signature(`${BODY}\n`), /with a line feed behind it/],
  [hmac(SECRET, BODY).toString("base64"), /is right, but not in hex/],
  [hmac(`${SECRET}\n`, BODY).toString("hex"), /secret with a line feed behind it/],
  [hmac(SECRET, BODY, "sha1").toString("hex"), /HMAC-SHA1/],
  [`sha512=${hmac(SECRET, BODY, "sha512").toString("hex")}`, /HMAC-SHA512/],
  [createHash("sha256").update(BODY).digest("hex"), /without the secret/],
  [createHash("sha256").update(SECRET).update(BODY).digest("hex"), /secret and the body together/],
];

for (const [given, cause, body = BODY] of CAUSES) {
  test(`the cause of a wrong signature is found: ${cause.source}`, async (t) => {
    const { url } = await startTestService(t);
    assert.equal((await post(url, body, { "x-signature": given })).status, 401);
    const last = await lastOf(url, 1);
    assert.match(last.cause ?? "", cause);
  });
}

test("a refused request is told with when, from where, why, and what its body was; never with what it held", async (t) => {
  const service = await startTestService(t);
  const { url } = service;
  const before = new Date().toISOString();
  const forged = await post(url, BODY, { "x-signature": FORGED, "x-request-id": "of-the-sender" });
  const first = await lastOf(url, 1);
  assert.deepEqual(
    { ...first, at: "" },
    {
      at: "",
      request_id: "of-the-sender",
      address: "127.0.0.1",
      status: 401,
      reason: "the signature is not that of the body under any accepted secret",
      cause: null,
      message_id: null,
      body_bytes: Buffer.byteLength(BODY),
      body_sha256: createHash("sha256").update(BODY).digest("hex"),
    },
  );
  assert.ok(first.at >= before && first.at <= new Date().toISOString());
  assert.equal(forged.text, '{"detail":"invalid signature"}');

  await post(url, { ...MESSAGE, from: "12345" });
  assert.match((await lastOf(url, 2)).reason, /^from: must be a string of \+ and then 1 to 15 digits/);
  await post(url, "x".repeat(64 * 1024 + 1));
  const large = await lastOf(url, 3);
  assert.deepEqual([large.status, large.body_bytes, large.cause], [413, null, null]);
  assert.equal((await post(url, MESSAGE)).status, 200);
  const kept = await request(`${url}/rejections`);
  assert.equal((kept.json as RejectionsAnswer).total, 3);
  for (const secret of [SECRET, FORGED, "Grüße", signature(BODY)])
    assert.ok(!kept.text.includes(secret), secret);
});

test("the last ones come first, as many as asked for; and no more are kept than there is room for", async (t) => {
  const { url } = await startTestService(t);
  for (let count = 0; count < 1_010; count += 101)
    await Promise.all(Array.from({ length: 101 }, () => post(url, BODY, { "x-signature": FORGED })));
  await post(url, BODY, { "x-signature": "not hex", "x-request-id": "last" });
  await eventually("the last one", async () => {
    const { data, total } = (await request(`${url}/rejections?limit=2`)).json as RejectionsAnswer;
    return (data.length === 2 && total === 1_000 && data[0]?.request_id === "last") || undefined;
  });
  assertNames(await request(`${url}/rejections?limit=0`), ["limit"], "limit=0");
  assertNames(await request(`${url}/rejections?offset=1`), ["offset"], "offset=1");
});

test("thousands of forged requests are not all looked into", async (t) => {
  const { url } = await startTestService(t);
  await Promise.all(Array.from({ length: 200 }, () => post(url, BODY, { "x-signature": FORGED })));
  await lastOf(url, 200);
  const { data } = (await request(`${url}/rejections?limit=100`)).json as RejectionsAnswer;
  assert.ok(data.some(({ cause }) => cause === NOT_LOOKED_INTO));
  // What is known is shown in place of that.
  const shown = await runClient(t, url, ["rejections", "--limit", "100"]);
  assert.doesNotMatch(shown.stdout, /not looked into/);
  const reasons = shown.stdout.match(
    / 401 +the signature is not that of the body under any accepted secret/g,
  );
  assert.equal(reasons?.length, 100);
});

test("a sender that is gone by the end of the answer does not spoil the list", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  await connection.send(`POST /webhook HTTP/1.1\r\nHost: here\r\nContent-Length: ${BODY.length}\r\n\r\n`);
  connection.destroy();
  await post(url, BODY, { "x-signature": FORGED, connection: "close" });
  const kept = await eventually("both", async () => {
    const answer = await request(`${url}/rejections`);
    assert.equal(answer.status, 200, answer.text);
    const { data } = answer.json as RejectionsAnswer;
    return data.length >= 1 ? data : undefined;
  });
  for (const { address } of kept) assert.match(address, /^(?:127\.0\.0\.1|unknown)$/);
});

test("a forged body that is nested as deeply as fits is looked into without harm", async (t) => {
  const { url } = await startTestService(t);
  const depth = 32_000;
  const bodies = [
    `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`,
    `${"[".repeat(depth)}${"]".repeat(depth)}`,
  ];
  for (const [index, body] of bodies.entries()) {
    assert.equal((await post(url, body, { "x-signature": FORGED })).status, 401);
    assert.equal((await lastOf(url, index + 1)).cause, null);
  }
});

test("lyftr rejections shows them as lines, and as JSON", async (t) => {
  const { url } = await startTestService(t);
  assert.match((await runClient(t, url, ["rejections"])).stdout, /^nothing was refused/);
  await post(url, SPACED, { "x-signature": signature(JSON.stringify(MESSAGE)) });
  await lastOf(url, 1);
  const shown = await runClient(t, url, ["rejections"]);
  assert.match(
    shown.stdout,
    /127\.0\.0\.1 +401 +the signature is right for the body re-encoded as compact JSON/,
  );
  assert.match(shown.stdout, /the last 1 of 1\n$/);
  const json = JSON.parse((await runClient(t, url, ["rejections", "--json"])).stdout) as RejectionsAnswer;
  assert.equal(json.total, 1);
  const wrong = await runClient(t, url, ["rejections", "--limit", "0"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /limit/);
});
