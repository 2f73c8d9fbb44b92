import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request, signature } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { getRaw } from "./support/raw.ts";
import { SECRET, sampleMessage } from "./support/sample.ts";
import { startTestService, type TestService } from "./support/service.ts";

type Line = Record<string, unknown>;

const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The line of the request with this id. A line is written when its answer has left, so it may come after it. */
async function lineOf(service: TestService, requestId: string): Promise<Line> {
  return eventually(`the line of ${requestId}`, () => {
    const lines = service.logs().filter((line) => line["request_id"] === requestId);
    assert.ok(lines.length <= 1, `${requestId} has more than one line`);
    return lines[0];
  });
}

/** Sends the request under an id of its own and returns its line. */
async function lineFor(
  service: TestService,
  id: string,
  path: string,
  init: RequestInit = {},
): Promise<Line> {
  const headers = new Headers(init.headers);
  headers.set("x-request-id", id);
  await request(service.url + path, { ...init, headers });
  return lineOf(service, id);
}

async function webhookLine(
  service: TestService,
  id: string,
  body: string | object,
  headers: Record<string, string> = {},
): Promise<Line> {
  await post(service.url, body, { "x-request-id": id, ...headers });
  return lineOf(service, id);
}

test("every request has one line with the members of the contract", async (t) => {
  const service = await startTestService(t);
  const asked = [
    ["GET", "/messages?limit=1", "/messages", 200],
    ["GET", "/messages?limit=0", "/messages", 422],
    ["GET", "/messages/nothing", "/messages/nothing", 404],
    ["GET", "/stats", "/stats", 200],
    ["GET", "/health/live", "/health/live", 200],
    ["GET", "/health/ready", "/health/ready", 200],
    ["GET", "/metrics", "/metrics", 200],
    ["GET", "/openapi.json", "/openapi.json", 200],
    ["GET", "/nowhere", "/nowhere", 404],
    ["DELETE", "/stats", "/stats", 405],
    ["POST", "/webhook", "/webhook", 401],
  ] as const;
  for (const [index, [method, target, path, status]] of asked.entries()) {
    const line = await lineFor(service, `request-${index}`, target, { method });
    const { ts, level, latency_ms, ...others } = line;
    assert.match(String(ts), ISO_8601);
    assert.ok(Math.abs(Date.parse(String(ts)) - Date.now()) < 60_000, "ts is now");
    assert.ok(typeof level === "string" && level !== "", "level is a word");
    assert.ok(typeof latency_ms === "number" && latency_ms >= 0, "latency_ms is a number");
    assert.deepEqual(
      {
        request_id: others["request_id"],
        method: others["method"],
        path: others["path"],
        status: others["status"],
      },
      { request_id: `request-${index}`, method, path, status },
    );
  }
  const lines = service.logs().filter((line) => line["request_id"] !== undefined);
  assert.equal(lines.length, asked.length);
});

test("the webhook's lines say which message, whether it was there before, and what became of it", async (t) => {
  const service = await startTestService(t);
  const sent = sampleMessage();
  for (const [id, body, headers, message_id, dup, result, status] of [
    ["created", sent, {}, "m1", false, "created", 200],
    ["duplicate", sent, {}, "m1", true, "duplicate", 200],
    ["conflict", { ...sent, text: "other" }, {}, "m1", true, "conflict", 200],
    ["unsigned", sent, { "x-signature": "" }, undefined, false, "invalid_signature", 401],
    ["forged", sent, { "x-signature": "0".repeat(64) }, undefined, false, "invalid_signature", 401],
    ["no-json", "no JSON", {}, undefined, false, "validation_error", 422],
    ["encoded", sent, { "content-encoding": "gzip" }, undefined, false, "validation_error", 415],
  ] as const) {
    const line = await webhookLine(service, id, body, headers);
    assert.deepEqual(
      [line["message_id"], line["dup"], line["result"], line["status"]],
      [message_id, dup, result, status],
      id,
    );
  }
});

test("a refused signature has its reason in the log, and the right signature never", async (t) => {
  const service = await startTestService(t);
  const sent = JSON.stringify(sampleMessage());
  const reasons = new Set<unknown>();
  for (const [id, headers] of [
    ["missing", {}],
    ["malformed", { "x-signature": "no hex" }],
    ["wrong", { "x-signature": signature(sent, "another secret") }],
  ] as const) {
    const line = await lineFor(service, id, "/webhook", { method: "POST", body: sent, headers });
    assert.equal(line["status"], 401);
    assert.ok(typeof line["reason"] === "string" && line["reason"] !== "", id);
    reasons.add(line["reason"]);
  }
  assert.equal(reasons.size, 3, "the operator can tell them apart");
  const all = JSON.stringify(service.logs());
  assert.ok(!all.includes(signature(sent)));
  assert.ok(!all.includes(signature(sent, "another secret")));
});

test("texts, searches and secrets are in no line, whatever becomes of the request", async (t) => {
  const previous = "the-previous-secret";
  const service = await startTestService(t, { secrets: [SECRET, previous] });
  const { url } = service;
  const mark = "PrivateMark";
  const sent = sampleMessage({ text: `so ${mark} it is` });
  const cutShort = Buffer.concat([Buffer.from(`{"text":"${mark}`), Buffer.from([0xff])]);
  const bodies = [sent, sent, `{"text":"${mark}" ${mark}`, `"${mark}"`, mark, cutShort];
  const texts = [
    `${mark} again`,
    mark.repeat(1000),
    mark.repeat(10_000),
    [mark],
    `${mark}\0`,
    `${mark}\uD800`,
  ];
  const paths = [
    "/messages",
    "/nowhere",
    "/stats",
    "/messages/m1",
    "/messages/%ff",
    "/%",
    "/docs/static/none.js",
  ];
  const queries = [`q=${mark}`, `q=${mark}%ff`, `q=${mark}&q=${mark}`, `q=${mark.repeat(50)}`];

  for (const body of [...bodies, ...texts.map((text) => ({ ...sent, text }))]) await post(url, body);
  await post(url, sent, { "x-signature": "0".repeat(64) });
  await post(url, sent, { "content-encoding": "gzip" });
  await request(`${url}/messages?q=${mark}`, { method: "DELETE" });
  for (const path of paths) for (const query of queries) await getRaw(url, `${path}?${query}`);

  const count = bodies.length + texts.length + 3 + paths.length * queries.length;
  await eventually(`${count} lines`, () => {
    const lines = service.logs().filter((line) => line["request_id"] !== undefined);
    return lines.length === count || undefined;
  });
  const all = JSON.stringify(service.logs());
  for (const hidden of [mark, mark.toLowerCase(), SECRET, previous]) assert.ok(!all.includes(hidden), hidden);
});

test("X-Request-ID is taken where it is sane, else made, and is on every answer", async (t) => {
  const service = await startTestService(t);
  const { url } = service;
  for (const path of ["/stats", "/messages?limit=0", "/nowhere", "/docs", "/metrics"]) {
    const given = await request(url + path, { headers: { "x-request-id": "trace-1.a:b/c=d+e_f" } });
    assert.equal(given.headers.get("x-request-id"), "trace-1.a:b/c=d+e_f", path);
    const made = new Set<string | null>();
    for (const insane of [undefined, "", "x".repeat(5_000), "a b", "<script>", 'a"b', "é", "a;b,c\t"]) {
      const answer = await request(
        url + path,
        insane === undefined ? {} : { headers: { "x-request-id": insane } },
      );
      const id = answer.headers.get("x-request-id");
      assert.ok(id !== null && id !== "" && id !== insane, `${path} ${insane}`);
      assert.equal((await lineOf(service, id))["request_id"], id);
      made.add(id);
    }
    assert.equal(made.size, 8, "each made id is another");
  }
});

test("a request that failed stands out by its level", async (t) => {
  const service = await startTestService(t, { secrets: [] });
  assert.equal((await lineFor(service, "fine", "/health/live"))["level"], "info");
  assert.equal((await lineFor(service, "refused", "/nowhere"))["level"], "warn");
  assert.equal((await lineFor(service, "failed", "/health/ready"))["level"], "error");
});
