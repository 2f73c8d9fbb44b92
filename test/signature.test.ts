import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, bytesOf, post, request, signature } from "./support/client.ts";
import { openRaw, rawHead } from "./support/raw.ts";
import { totalOf } from "./support/refusal.ts";
import { sampleMessage, SECRET } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { until } from "./support/until.ts";

const SAMPLE = bytesOf(sampleMessage());

function assertUnauthorized(answer: Answer, what: string): void {
  assert.equal(answer.status, 401, what);
  // Exact: what was wrong with a signature is no business of whoever forged it.
  assert.equal(answer.text, '{"detail":"invalid signature"}', what);
}

const { message_id, from, to, ts } = sampleMessage();
const SPELLINGS: Readonly<Record<string, string>> = {
  "compact JSON": JSON.stringify(sampleMessage()),
  "pretty-printed JSON": JSON.stringify(sampleMessage(), null, 4),
  "pretty-printed JSON with CR LF": JSON.stringify(sampleMessage(), null, 2).replaceAll("\n", "\r\n"),
  "another order of members": JSON.stringify({ ts, to, text: "Hello", from, message_id }),
  "\\u escapes": JSON.stringify(sampleMessage()).replace("Hello", "\\u0048\\u0065llo \\ud83d\\ude00"),
  "trailing white space": `${JSON.stringify(sampleMessage())} \r\n\t\n`,
  "leading white space": `\n ${JSON.stringify(sampleMessage())}`,
  "composed text (NFC)": JSON.stringify(sampleMessage({ text: "caf\u00e9" })),
  "decomposed text (NFD)": JSON.stringify(sampleMessage({ text: "cafe\u0301" })),
  "numbers that JSON would write otherwise": `{"n":1.00e+2,${JSON.stringify(sampleMessage()).slice(1)}`,
};

for (const [name, body] of Object.entries(SPELLINGS)) {
  test(`the signature is over the bytes as sent: ${name}`, async (t) => {
    const { url } = await startTestService(t);
    const bytes = Buffer.from(body);
    const others = [Buffer.concat([bytes, Buffer.from(" ")]), bytes.subarray(0, -1)];
    for (const place of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
      others.push(changed);
    }
    for (const other of others) {
      assertUnauthorized(await post(url, other, { "x-signature": signature(bytes) }), other.toString());
    }
    assert.equal(await totalOf(url), 0);

    assert.equal((await post(url, bytes)).status, 200);
    const stored = await request(`${url}/messages/m1`);
    assert.deepEqual((stored.json as { text: unknown }).text, (JSON.parse(body) as { text: unknown }).text);
  });
}

test("bytes that mean the same JSON but were not those signed are refused", async (t) => {
  const { url } = await startTestService(t);
  const [composed = "", decomposed = ""] = [
    SPELLINGS["composed text (NFC)"],
    SPELLINGS["decomposed text (NFD)"],
  ];
  assertUnauthorized(await post(url, decomposed, { "x-signature": signature(composed) }), "NFD for NFC");
  const pretty = SPELLINGS["pretty-printed JSON"] ?? "";
  assertUnauthorized(await post(url, SAMPLE, { "x-signature": signature(pretty) }), "compact for pretty");
  assert.equal(await totalOf(url), 0);
});

test("hex in either letter case and an optional sha256= prefix are accepted", async (t) => {
  const { url } = await startTestService(t);
  const hex = signature(SAMPLE);
  const mixed = hex.slice(0, 32).toUpperCase() + hex.slice(32);
  for (const header of [hex, hex.toUpperCase(), mixed, `sha256=${hex}`, `sha256=${hex.toUpperCase()}`]) {
    assert.equal((await post(url, SAMPLE, { "x-signature": header })).status, 200, header);
  }
});

test("a signature that is missing, malformed or another's is 401 and nothing is stored", async (t) => {
  const { url } = await startTestService(t);
  const hex = signature(SAMPLE);
  const flipped = (hex.startsWith("0") ? "1" : "0") + hex.slice(1);
  const wrong = {
    "too short": "123",
    empty: "",
    "the prefix alone": "sha256=",
    "a digit less": hex.slice(1),
    "a digit more": `${hex}0`,
    "a digit that is not hex": `g${hex.slice(1)}`,
    "another prefix": `sha512=${hex}`,
    "the prefix twice": `sha256=sha256=${hex}`,
    "white space inside": `${hex.slice(0, 32)} ${hex.slice(32)}`,
    "0x before it": `0x${hex}`,
    base64: Buffer.from(hex, "hex").toString("base64"),
    "another digit": flipped,
    "another secret's": signature(SAMPLE, "wrong"),
    "an empty secret's": signature(SAMPLE, ""),
    "another body's": signature("{}"),
    "the right one and a second": `${hex}, ${hex}`,
    zeros: "0".repeat(64),
  };
  for (const [name, header] of Object.entries(wrong)) {
    assertUnauthorized(await post(url, SAMPLE, { "x-signature": header }), name);
  }
  const missing = await request(`${url}/webhook`, { method: "POST", body: new Uint8Array(SAMPLE) });
  assertUnauthorized(missing, "missing");
  assert.equal(await totalOf(url), 0);
});

test("two X-Signature headers are refused, even when one or both are right", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  const right = signature(SAMPLE);
  const wrong = "0".repeat(64);
  for (const pair of [
    [right, wrong],
    [wrong, right],
    [right, right],
    [right, ""],
  ]) {
    const headers = [...pair.map((value) => `X-Signature: ${value}`), `Content-Length: ${SAMPLE.length}`];
    await connection.send(Buffer.concat([Buffer.from(rawHead("POST /webhook", headers)), SAMPLE]));
    assertUnauthorized(await connection.answer(), pair.join());
  }
  assert.equal(await totalOf(url), 0);
});

test("a signature with bytes that are no text at all is refused", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  const head = rawHead("POST /webhook", ["X-Signature: \u00e9\u00ff", `Content-Length: ${SAMPLE.length}`]);
  await connection.send(Buffer.concat([Buffer.from(head, "latin1"), SAMPLE]));
  assertUnauthorized(await connection.answer(), "bytes above 127");
});

test("the signature is checked before the body is read: bad JSON is 401 when wrong, 422 when right", async (t) => {
  const { url } = await startTestService(t);
  for (const body of ["{not json", "", "[]", "{}", Buffer.of(0xff), "[".repeat(60_000)]) {
    assertUnauthorized(await post(url, body, { "x-signature": "0".repeat(64) }), String(body).slice(0, 20));
    assert.equal((await post(url, body)).status, 422);
  }
  assert.equal(await totalOf(url), 0);
});

test("while rotating, both secrets are accepted; afterwards the previous one is not", async (t) => {
  const rotating = await startTestService(t, { secrets: ["new secret", "old secret"] });
  for (const secret of ["new secret", "old secret"]) {
    const body = bytesOf(sampleMessage({ message_id: secret }));
    const answer = await post(rotating.url, body, { "x-signature": signature(body, secret) });
    assert.equal(answer.status, 200, secret);
  }
  for (const secret of ["new secretold secret", "", "other"]) {
    assertUnauthorized(
      await post(rotating.url, SAMPLE, { "x-signature": signature(SAMPLE, secret) }),
      secret,
    );
  }
  assert.equal(await totalOf(rotating.url), 2);

  const rotated = await startTestService(t, { secrets: ["new secret"] });
  const late = await post(rotated.url, SAMPLE, { "x-signature": signature(SAMPLE, "old secret") });
  assertUnauthorized(late, "the previous secret after the rotation");
});

test("a secret of any characters signs as its UTF-8 bytes", async (t) => {
  const secret = "gëheim 🔑";
  const { url } = await startTestService(t, { secrets: [secret] });
  assert.equal((await post(url, SAMPLE, { "x-signature": signature(SAMPLE, secret) })).status, 200);
});

test("the log says why a signature was refused, and holds no secret, right signature or text", async (t) => {
  const secrets = ["first-secret-value", "second-secret-value"];
  const service = await startTestService(t, { secrets });
  const { url } = service;
  const text = "a text of no concern to operators";
  const body = bytesOf(sampleMessage({ text }));
  const [right = "", previous = ""] = secrets.map((secret) => signature(body, secret));

  await request(`${url}/webhook`, { method: "POST", body: new Uint8Array(body) });
  await post(url, body, { "x-signature": "123" });
  await post(url, body, { "x-signature": signature(body, SECRET) });
  await post(url, body, { "x-signature": right });
  await post(url, body, { "x-signature": previous.toUpperCase() });
  await post(url, Buffer.concat([body, Buffer.from(",")]), { "x-signature": right });
  await request(`${url}/messages?q=${encodeURIComponent(text)}`);
  await until("all are logged", () => service.logs().length >= 7);

  const refused = service.logs().filter(({ status }) => status === 401);
  assert.equal(refused.length, 4);
  for (const line of refused) {
    assert.equal(line["result"], "invalid_signature");
    assert.match(String(line["reason"]), /signature/i);
  }
  // Missing, malformed and wrong have different remedies, so an operator is told which it was.
  assert.equal(new Set(refused.map(({ reason }) => reason)).size, 3);
  const written = JSON.stringify(service.logs()).toLowerCase();
  for (const unwanted of [...secrets, right, previous, text, encodeURIComponent(text).toLowerCase()]) {
    assert.equal(written.includes(unwanted), false, unwanted);
  }
});
