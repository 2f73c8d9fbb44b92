import assert from "node:assert/strict";
import { test } from "node:test";
import type { Access } from "../src/access.ts";
import { post, request, signature } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { openRaw } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService, type TestService } from "./support/service.ts";
import { ADMIN, READER, WITH_TOKENS } from "./support/tokens.ts";

const GUARDED = [
  "/messages",
  "/messages?q=hello",
  "/messages/m1",
  "/stats",
  "/stats/timeline?bucket=day",
  "/metrics",
  "/openapi.json",
  "/docs",
  "/docs/",
  "/nothing/here",
];

function bearer(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

async function withTokens(t: Parameters<typeof startTestService>[0]): Promise<TestService> {
  return startTestService(t, { access: WITH_TOKENS });
}

test("with tokens, everything but the webhook and the probes asks for one", async (t) => {
  const { url } = await withTokens(t);
  for (const path of GUARDED) {
    const answer = await request(url + path);
    assert.equal(answer.status, 401, path);
    assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="lyftr"');
    assert.match((answer.json as { detail: string }).detail, /Authorization: Bearer/);
  }
  for (const path of ["/health/live", "/health/ready"]) assert.equal((await request(url + path)).status, 200);
  assert.equal((await post(url, sampleMessage())).status, 200);
});

test("a token of either role reads, and its name stands in the log, itself never", async (t) => {
  const service = await withTokens(t);
  await post(service.url, sampleMessage({ message_id: "m1" }));
  for (const token of [READER, ADMIN]) {
    for (const path of GUARDED) {
      const answer = await request(service.url + path, { ...bearer(token), redirect: "manual" });
      assert.ok(![401, 403].includes(answer.status), `${path}: ${answer.status}`);
    }
  }
  await eventually("the lines of both", () => {
    const names = new Set(service.logs().map((line) => line["token"]));
    return names.has("grafana") && names.has("ops");
  });
  const log = JSON.stringify(service.logs());
  assert.ok(!log.includes(READER) && !log.includes(ADMIN));
});

test("a wrong token is refused alike whether it is long, short, another scheme or nearly right", async (t) => {
  const { url } = await withTokens(t);
  for (const authorization of [
    "Bearer wrong",
    `Bearer ${READER}x`,
    `Bearer ${READER.toUpperCase()}`,
    `Bearer ${READER} ${ADMIN}`,
    `Basic ${READER}`,
    READER,
    "Bearer",
    `Bearer ${"x".repeat(8000)}`,
  ]) {
    const answer = await request(`${url}/stats`, { headers: { authorization } });
    assert.equal(answer.status, 401, authorization.slice(0, 40));
    assert.equal(answer.text, '{"detail":"invalid token"}');
    assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="lyftr", error="invalid_token"');
  }
  assert.equal(
    (await request(`${url}/stats`, { headers: { authorization: `bearer ${READER}` } })).status,
    200,
  );
});

test("without a token nobody learns whether a message, a parameter or a path exists", async (t) => {
  const { url } = await withTokens(t);
  await post(url, sampleMessage({ message_id: "there" }));
  const answers = await Promise.all(
    ["/messages/there", "/messages/not-there", "/messages?limit=wrong", "/no/such/path"].map((path) =>
      request(url + path),
    ),
  );
  assert.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
});

test("a webhook of another method, and one that is signed wrongly, are answered as before", async (t) => {
  const { url } = await withTokens(t);
  assert.equal((await request(`${url}/webhook`)).status, 405);
  const body = JSON.stringify(sampleMessage());
  const wrong = await post(url, body, { "x-signature": signature(body, "other") });
  assert.equal(wrong.text, '{"detail":"invalid signature"}');
});

test("METRICS_ACCESS opens the metrics and nothing else", async (t) => {
  const { url } = await startTestService(t, { access: { ...WITH_TOKENS, areMetricsOpen: true } });
  assert.equal((await request(`${url}/metrics`)).status, 200);
  assert.equal((await request(`${url}/stats`)).status, 401);
});

test("without tokens, a page of another site cannot read through a name of its own that leads here", async (t) => {
  const { url } = await startTestService(t);
  const statusFor = async (host: string): Promise<number> => {
    const connection = await openRaw(t, url);
    await connection.send(`GET /messages HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const { status } = await connection.answer();
    connection.destroy();
    return status;
  };
  for (const host of [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example.",
    "evil\u3002example",
    "[::1].evil.example",
  ]) {
    assert.equal(await statusFor(host), 403, host);
  }
  for (const host of ["127.0.0.1", "localhost:1", "[::1]:8000", "inbox", "inbox.localhost", "10.0.0.1"]) {
    assert.equal(await statusFor(host), 200, host);
  }
});

test("without tokens, what a proxy hands on is refused, unless its port is said to be local, or all may read", async (t) => {
  const access = { tokens: [], areMetricsOpen: false };
  const statusFor = async (openTo: Access["openTo"], ...headers: readonly string[]): Promise<number> => {
    const { url } = await startTestService(t, { access: { ...access, openTo } });
    const connection = await openRaw(t, url);
    await connection.send(["GET /messages HTTP/1.1", ...headers, "", ""].join("\r\n"));
    const { status } = await connection.answer();
    connection.destroy();
    return status;
  };
  const own = "Host: 127.0.0.1:8000";
  for (const header of ["X-Forwarded-For: 10.0.0.9", "Forwarded: for=10.0.0.9", "X-Real-IP: 10.0.0.9"]) {
    assert.equal(await statusFor("loopback", own, header), 403, header);
    assert.equal(await statusFor("local", own, header), 200, header);
    assert.equal(await statusFor("everybody", own, header), 200, header);
  }
  assert.equal(await statusFor("local", "Host: evil.example"), 403);
  assert.equal(await statusFor("everybody", "Host: evil.example"), 200);
});

test("what is no path to the router is refused without a token as any other", async (t) => {
  const { url } = await withTokens(t);
  const expected = await request(`${url}/nothing`);
  for (const path of [`/messages/${"x".repeat(3_100)}`, "/messages/%zz", "/%zz"]) {
    const answer = await request(url + path);
    assert.equal(answer.text, expected.text, path.slice(0, 20));
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.notEqual((await request(url + path, bearer(READER))).status, 401);
  }
});

test("no cache keeps an answer, and no other site frames it or guesses its type", async (t) => {
  const { url } = await withTokens(t);
  for (const init of [{}, bearer(READER)]) {
    const { headers } = await request(`${url}/messages`, init);
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/);
  }
  const docs = await request(`${url}/docs/`, { ...bearer(READER), redirect: "manual" });
  assert.match(docs.headers.get("content-security-policy") ?? "", /default-src 'self'/);
});
