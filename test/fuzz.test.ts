/**
 * Whatever a stranger or a faulty sender sends, the answer is never a 5xx and always JSON, and the service works on.
 * FUZZ_SEED repeats a run, FUZZ_RUNS asks for more of each kind.
 */
import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import * as chaos from "./support/chaos.ts";
import { post, request, signature } from "./support/client.ts";
import { type Exchange, exchange, exchangeBytes } from "./support/exchange.ts";
import { list } from "./support/listing.ts";
import { rawPost } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService, type TestService } from "./support/service.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);
/** 2xx that are for people or Prometheus, not JSON. Of nothing at all, the client makes the page's path. */
const NOT_JSON = /^(?:\/(?:docs|metrics|assets)|\/?(?:[?#]|$))/;

/** Asserts one property against one service, and in the end that this service is unharmed. */
async function fuzz<T>(
  t: TestContext,
  values: fc.Arbitrary<T>,
  check: (service: TestService, value: T) => Promise<void>,
  /** Tried before anything random. */
  examples: readonly T[] = [],
): Promise<void> {
  const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`FUZZ_SEED=${seed}`);
  const service = await startTestService(t);
  await fc.assert(
    fc.asyncProperty(values, (value) => check(service, value)),
    { seed, numRuns: RUNS + examples.length, examples: examples.map((value): [T] => [value]) },
  );
  await assertWorks(service);
}

async function assertWorks(service: TestService): Promise<void> {
  const message = sampleMessage({ message_id: "after all this", text: "a needle in it" });
  assert.equal((await post(service.url, message)).status, 200);
  assert.deepEqual((await list(service.url, { q: "A NEEDLE IN IT" })).data, [message]);
  assert.equal((await request(`${service.url}/health/ready`)).status, 200);
  const faults = service.logs().filter(({ level }) => level === "error" || level === "fatal");
  assert.deepEqual(faults, []);
}

/** The contract's one shape of every refusal. */
function assertProblem(status: number, contentType: string, body: string): void {
  assert.ok(status >= 400 && status < 500, `${status}: ${body.slice(0, 300)}`);
  assert.match(
    contentType,
    /^application\/(?:problem\+)?json/,
    `${status} is not JSON: ${body.slice(0, 300)}`,
  );
  const { detail, errors, ...others } = JSON.parse(body) as Record<string, unknown>;
  assert.equal(typeof detail, "string");
  assert.ok(errors === undefined || Array.isArray(errors));
  assert.deepEqual(others, {});
}

async function assertStoredOrRefused(service: TestService, body: Buffer): Promise<void> {
  const answer = await post(service.url, body);
  if (answer.status !== 200) {
    assert.ok([413, 422].includes(answer.status), `${answer.status}: ${answer.text}`);
    assertProblem(answer.status, answer.headers.get("content-type") ?? "", answer.text);
    return;
  }
  assert.equal(answer.text, '{"status":"ok"}');
  // What was accepted must have been a message, and must be there.
  const sent = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as { message_id: string };
  const stored = await request(`${service.url}/messages/${encodeURIComponent(sent.message_id)}`);
  assert.equal(stored.status, 200);
}

function assertAnswer(answer: Exchange, method: string, target: string): void {
  const what = `${method} ${target}: ${answer.status} ${answer.contentType} ${answer.body.slice(0, 200)}`;
  assert.ok(answer.status >= 200 && answer.status < 500, what);
  if (answer.status === 405) assert.ok(!answer.allow?.split(", ").includes(method), what);
  if (method === "HEAD") return;
  if (answer.status >= 400) assertProblem(answer.status, answer.contentType, answer.body);
  else if (!NOT_JSON.test(target)) assert.doesNotThrow(() => JSON.parse(answer.body) as unknown, what);
}

test("random bytes, rightly signed, are refused", async (t) => {
  await fuzz(t, chaos.bytes, assertStoredOrRefused);
});

test("a valid message with bytes changed is stored or refused", async (t) => {
  const valid = Buffer.from(JSON.stringify(sampleMessage({ text: "caf\u00e9 😀 \\u0041" })));
  await fuzz(t, chaos.mutated(fc.constant(valid)), assertStoredOrRefused);
});

test("JSON that is nearly a message, or nested without end, is stored or refused", async (t) => {
  await fuzz(t, chaos.nearlyMessage, (service, body) => assertStoredOrRefused(service, Buffer.from(body)));
});

test("bodies of every length around the limit are stored or refused", async (t) => {
  const length = fc.integer({ min: 64 * 1024 - 300, max: 64 * 1024 + 300 });
  await fuzz(t, length, async (service, bytes) => {
    const body = Buffer.from(JSON.stringify(sampleMessage()).padEnd(bytes));
    const answer = await post(service.url, body);
    assert.equal(answer.status, bytes > 64 * 1024 ? 413 : 200);
  });
});

test("random header values are answered, whatever they are", async (t) => {
  const body = Buffer.from(JSON.stringify(sampleMessage()));
  const signed = { "x-signature": signature(body), "content-length": String(body.length) };
  const check = async ({ url }: TestService, headers: Record<string, string>): Promise<void> => {
    const toPost = { method: "POST", target: "/webhook", body, headers: { ...signed, ...headers } };
    assertAnswer(await exchange(url, toPost), "POST", "/webhook");
    assertAnswer(await exchange(url, { method: "GET", target: "/messages", headers }), "GET", "/messages");
  };
  await fuzz(t, chaos.headers, check, [{ expect: "gzip" }, { upgrade: "h2c", connection: "upgrade" }]);
});

test("random query strings are answered, and every Link that is given leads somewhere", async (t) => {
  await fuzz(t, chaos.query, async ({ url }, query) => {
    // Something to page through; after the first time these are duplicates.
    for (const message_id of ["m1", "m2"]) await post(url, sampleMessage({ message_id }));
    const target = `/messages?${query}`;
    const answer = await exchange(url, { method: "GET", target });
    assertAnswer(answer, "GET", target);
    if (answer.link === undefined) return;
    const next = /^<([^<>"\s]+)>; rel="next"$/.exec(answer.link)?.[1];
    assert.ok(next !== undefined, `no RFC 8288 link: ${answer.link}`);
    const following = await exchange(url, { method: "GET", target: next });
    assert.equal(following.status, 200, `${target} leads to ${next}: ${following.body}`);
    assert.notEqual(following.body, answer.body);
  });
});

test("any method on any path is answered", async (t) => {
  // CONNECT asks for a tunnel; Node closes the connection, as it should.
  const methods = METHODS.filter((name) => name !== "CONNECT");
  const check = async ({ url }: TestService, [method, target]: [string, string]): Promise<void> => {
    // Of a request that is malformed before its method is known, the refusal has a body, which Node's client
    // does not take in answer to HEAD.
    if (method === "HEAD" && !/^\/[!-~]*$/.test(target)) return;
    assertAnswer(await exchange(url, { method, target }), method, target);
  };
  const examples = methods.flatMap((method) =>
    [
      "",
      "/?q=a",
      "/webhook",
      "/messages",
      "/messages/m1",
      "/stats",
      "/nowhere",
      "/docs/static/%00",
      "/docs/static/no",
    ].map((path): [string, string] => [method, path]),
  );
  await fuzz(t, fc.tuple(fc.constantFrom(...methods), chaos.target), check, examples);
});

test("bytes that are hardly HTTP are answered as JSON or not at all", async (t) => {
  const requests = fc.constantFrom(
    rawPost(sampleMessage(), ["Connection: close"]),
    Buffer.from("GET /messages?limit=1 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"),
    Buffer.from(
      "POST /webhook HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
  );
  await fuzz(t, fc.oneof(chaos.bytes, chaos.mutated(requests)), async ({ url }, bytes) => {
    const received = await exchangeBytes(url, bytes);
    if (received === "") return;
    const [, status, head = "", body = ""] =
      /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n([^]*?)\r\n\r\n([^]*?)(?=HTTP\/1\.1 \d|$)/.exec(received) ?? [];
    assert.ok(status !== undefined, received.slice(0, 300));
    const contentType = /^content-type: *(.*)$/im.exec(head)?.[1] ?? "";
    if (Number(status) >= 300) assertProblem(Number(status), contentType, body);
  });
});
