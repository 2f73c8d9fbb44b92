import assert from "node:assert/strict";
import { test } from "node:test";
import { startAppOver } from "./support/app.ts";
import { bytesOf, post, request, signature } from "./support/client.ts";
import { webhookResults } from "./support/figures.ts";
import { createHeldStore } from "./support/held-store.ts";
import { openRaw, rawHead, rawPost } from "./support/raw.ts";
import { totalOf } from "./support/refusal.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { until } from "./support/until.ts";

const SAMPLE = bytesOf(sampleMessage());
const SIGNED = `X-Signature: ${signature(SAMPLE)}`;

const MALFORMED: Readonly<Record<string, string>> = {
  "no HTTP at all": "nonsense\r\n\r\n",
  "TLS where none is spoken": "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
  "an unknown method": rawHead("FOO /health/live"),
  "a path without its slash": rawHead("GET health/live"),
  "a header without a colon": rawHead("GET /health/live", ["Nonsense"]),
  "a header name with a space": rawHead("GET /health/live", ["X Y: z"]),
  "white space before the colon": rawHead("GET /health/live", ["X-Y : z"]),
  "a control character in a header": rawHead("GET /health/live", ["X-Y: a\u0001b"]),
  "a Content-Length that is no number": rawHead("POST /webhook", [SIGNED, "Content-Length: ten"]),
  "a negative Content-Length": rawHead("POST /webhook", [SIGNED, "Content-Length: -1"]),
  "two Content-Lengths": rawHead("POST /webhook", [SIGNED, "Content-Length: 1", "Content-Length: 2"]),
  "a chunk size that is none": `${rawHead("POST /webhook", [SIGNED, "Transfer-Encoding: chunked"])}zz\r\n`,
  "both Content-Length and chunks": `${rawHead("POST /webhook", [
    SIGNED,
    `Content-Length: ${SAMPLE.length}`,
    "Transfer-Encoding: chunked",
  ])}0\r\n\r\n`,
  "an HTTP/1.1 request without Host": "GET /health/live HTTP/1.1\r\n\r\n",
};

for (const [name, bytes] of Object.entries(MALFORMED)) {
  test(`malformed HTTP is answered 400 as JSON and the connection closed: ${name}`, async (t) => {
    const service = await startTestService(t);
    const connection = await openRaw(t, service.url);
    await connection.send(Buffer.from(bytes, "latin1"));
    const answer = await connection.answer();
    assert.equal(answer.status, 400);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
    assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
    assert.equal(answer.headers.get("connection"), "close");
    await connection.closed;
    assert.equal(connection.rest(), "");

    assert.equal((await post(service.url, sampleMessage())).status, 200);
    assert.equal(await totalOf(service.url), 1);
    await until("it is logged", () => service.logs().some(({ status }) => status === 400));
    assert.deepEqual(
      service.logs().filter(({ level }) => level === "error"),
      [],
    );
  });
}

const REFUSED = { "no HTTP at all": "nonsense\r\n\r\n", CONNECT: rawHead("CONNECT example.com:443") };

for (const [name, bytes] of Object.entries(REFUSED)) {
  test(`after a refusal nothing is taken from the connection, nor is it kept, whatever its peer does: ${name}`, async (t) => {
    const service = await startTestService(t);
    const connection = await openRaw(t, service.url, { allowHalfOpen: true });
    await connection.send(bytes);
    assert.ok((await connection.answer()).status >= 400);
    const closed = connection.closed.then(() => true);
    const turn = (): Promise<boolean> => new Promise((resolve) => void setImmediate(() => resolve(false)));
    for (let sent = 0; !(await Promise.race([closed, turn()])); sent += 1) {
      await connection.send(rawPost(sampleMessage({ message_id: `late-${sent}` })));
    }
    assert.equal(await totalOf(service.url), 0);
  });
}

test("a request whose body becomes malformed is one request: one log line, one count", async (t) => {
  const service = await startTestService(t);
  const connection = await openRaw(t, service.url);
  await connection.send(`${rawHead("POST /webhook", [SIGNED, "Transfer-Encoding: chunked"])}zz\r\n`);
  assert.equal((await connection.answer()).status, 400);
  // Closing waits for everything that is still to be written.
  const results = await webhookResults(service.url);
  await service.close();
  const lines = service.logs().filter(({ path }) => path !== "/metrics" && path !== undefined);
  assert.equal(lines.length, 1, JSON.stringify(lines));
  assert.equal(lines[0]?.["status"], 400);
  assert.ok(Object.values(results).length <= 1);
});

test("headers that are too large are 431 as JSON, and a long address is a 4xx", async (t) => {
  const { url } = await startTestService(t);
  const large = [
    rawHead("GET /health/live", [`X-Large: ${"x".repeat(20_000)}`]),
    rawHead(
      "GET /health/live",
      Array.from({ length: 2_000 }, (_, index) => `X-${index}: value`),
    ),
    rawHead("POST /webhook", [`X-Signature: ${"0".repeat(100_000)}`]),
  ];
  for (const head of large) {
    const connection = await openRaw(t, url);
    await connection.send(head);
    const answer = await connection.answer();
    assert.equal(answer.status, 431);
    assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  }
  const connection = await openRaw(t, url);
  await connection.send(rawHead(`GET /messages?q=${"x".repeat(20_000)}`));
  const answer = await connection.answer();
  assert.ok([414, 422, 431].includes(answer.status), String(answer.status));
  assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
});

test("an expectation that cannot be met is refused as JSON, and nothing is stored", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  const headers = [SIGNED, `Content-Length: ${SAMPLE.length}`, "Expect: the-unexpected"];
  await connection.send(rawHead("POST /webhook", headers));
  const answer = await connection.answer();
  assert.equal(await totalOf(url), 0);
  // Its body never comes, and the service would wait for it when it stops.
  connection.destroy();
  assert.equal(answer.status, 417);
  assert.deepEqual(Object.keys(answer.json ?? {}), ["detail"]);
});

test("CONNECT is answered, for this is no proxy", async (t) => {
  const { url } = await startTestService(t);
  for (const target of ["example.com:443", "/webhook"]) {
    const connection = await openRaw(t, url);
    await connection.send(rawHead(`CONNECT ${target}`));
    const answer = await connection.answer();
    assert.ok([400, 404, 405].includes(answer.status), String(answer.status));
    assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  }
});

test("what is no HTTP behind other requests is refused behind their answers, never in their place", async (t) => {
  const held = createHeldStore();
  const { url } = await startAppOver(t, held);
  const refused = [
    ["no HTTP at all\r\n\r\n", 400],
    ["GET /é HTTP/1.1\r\n\r\n", 400],
    [rawHead("CONNECT here:80"), 405],
  ] as const;
  for (const [index, [garbage, last]] of refused.entries()) {
    const connection = await openRaw(t, url);
    const whole = [rawPost(sampleMessage()), rawHead("GET /health/live"), rawHead("GET /nothing"), garbage];
    // At once; and once when the message waits for the store already.
    if (index === 0) await connection.send(whole.join(""));
    else await connection.send(whole.shift() ?? "");
    await until("the message to reach the store", () => held.appends.length > index);
    if (index > 0) await connection.send(whole.join(""));
    assert.equal(connection.rest(), "");
    held.appends[index]?.resolve();
    for (const status of [200, 200, 404, last]) assert.equal((await connection.answer()).status, status);
    await connection.closed;
  }
});

test("a body that turns out not to be HTTP is refused behind the answers to what came before it", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  const broken = `${rawHead("POST /webhook", ["Transfer-Encoding: chunked"])}no length\r\n`;
  await connection.send(rawPost(sampleMessage()).toString() + rawHead("GET /nothing") + broken);
  for (const status of [200, 404, 400]) assert.equal((await connection.answer()).status, status);
  await connection.closed;
  assert.equal(await totalOf(url), 1);
});

test("behind an offer to upgrade nothing is read, so the connection is closed: what follows can be sent again", async (t) => {
  const { url } = await startTestService(t);
  const offer = ["Connection: Upgrade", "Upgrade: h2c"];
  for (const whole of [rawHead("GET /health/live", offer), rawPost(sampleMessage(), offer).toString()]) {
    const connection = await openRaw(t, url);
    await connection.send(whole + rawPost(sampleMessage({ message_id: "behind" })).toString());
    const answer = await connection.answer();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("connection"), "close");
    await connection.closed;
  }
});

test("a word to go on with the body is never written into another answer, nor into its own", async (t) => {
  const { url } = await startTestService(t);
  const expecting = rawHead("GET /openapi.json", ["Expect: 100-continue"]);
  const { text } = await request(`${url}/openapi.json`);
  const connection = await openRaw(t, url);
  await connection.send(rawPost(sampleMessage()).toString() + expecting + rawHead("GET /health/live"));
  assert.equal((await connection.answer()).text, '{"status":"ok"}');
  const answer = await connection.answer();
  assert.equal(answer.text, text);
  // A body that was held back could not be told from a request.
  assert.equal(answer.headers.get("connection"), "close");
  await connection.closed;
});
