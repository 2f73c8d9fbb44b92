import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { bytesOf, post, request, signature } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { figures, webhookResults } from "./support/figures.ts";
import { openRaw, rawHead, rawPost } from "./support/raw.ts";
import { totalOf } from "./support/refusal.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService, type TestService } from "./support/service.ts";
import { until } from "./support/until.ts";

const OK = '{"status":"ok"}';

/** The gauges back at 0, nothing logged as an error, and a service that stores what comes next. */
async function assertNothingLeft(service: TestService): Promise<void> {
  await eventually("the queue to be empty", async () => {
    const series = await figures(service.url);
    const gauges = [series.get("ingest_queue_messages"), series.get("ingest_queue_bytes")];
    return gauges.every((value) => value === 0) || undefined;
  });
  const after = await post(service.url, sampleMessage({ message_id: "after" }));
  assert.equal(after.text, OK);
  const errors = service.logs().filter(({ level }) => level === "error" || level === "fatal");
  assert.deepEqual(errors, []);
}

function linesOf(service: TestService, id: string): Record<string, unknown>[] {
  return service.logs().filter((line) => line["request_id"] === id);
}

test("a request whose sender goes away within the body leaves nothing behind", async (t) => {
  const service = await startTestService(t);
  const ids = Array.from({ length: 10 }, (_, index) => `half-${index}`);
  for (const id of ids) {
    const whole = rawPost(sampleMessage({ message_id: id }), [`X-Request-ID: ${id}`]);
    const connection = await openRaw(t, service.url);
    await connection.send(whole.subarray(0, whole.length - 40));
    connection.destroy();
  }
  await until("each is logged", () => ids.every((id) => linesOf(service, id).length > 0));
  assert.equal(await totalOf(service.url), 0);
  await assertNothingLeft(service);
  assert.equal(await totalOf(service.url), 1);
  assert.equal((await webhookResults(service.url)).created, 1);
  await service.close();
  for (const id of ids) assert.equal(linesOf(service, id).length, 1, "one log line a request");
});

test("a sender that goes away within the head leaves nothing behind", async (t) => {
  const service = await startTestService(t);
  for (const bytes of ["", "P", "POST /webhook HTTP/1.1\r\n", "POST /webhook HTTP/1.1\r\nX-Signature: 12"]) {
    const connection = await openRaw(t, service.url);
    if (bytes !== "") await connection.send(bytes);
    connection.destroy();
  }
  await assertNothingLeft(service);
  assert.equal(await totalOf(service.url), 1);
});

/** Sends a whole message under each id and is gone before any answer. */
async function sendAndLeave(t: TestContext, url: string, ids: readonly string[]): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      const connection = await openRaw(t, url);
      await connection.send(rawPost(sampleMessage({ message_id: id }), [`X-Request-ID: ${id}`]));
      connection.destroy();
    }),
  );
}

test("a sender that goes away before the answer can send again, and it is stored once", async (t) => {
  const service = await startTestService(t);
  const ids = Array.from({ length: 20 }, (_, index) => `gone-${index}`);
  await sendAndLeave(t, service.url, ids);
  for (const id of ids) assert.equal((await post(service.url, sampleMessage({ message_id: id }))).text, OK);
  assert.equal(await totalOf(service.url), ids.length);
  const { created, duplicate = 0, ...others } = await webhookResults(service.url);
  assert.equal(created, ids.length);
  assert.ok(duplicate <= ids.length);
  assert.deepEqual(others, {});
  await assertNothingLeft(service);
});

test("a request whose sender went away before the answer is logged and counted, once", async (t) => {
  const service = await startTestService(t);
  const ids = Array.from({ length: 20 }, (_, index) => `gone-${index}`);
  await sendAndLeave(t, service.url, ids);
  await eventually("all to be stored", async () => (await totalOf(service.url)) === ids.length || undefined);
  // Counted where it is logged, so the one that is missing fails here.
  const counted = async (): Promise<number> =>
    [...(await figures(service.url))]
      .filter(([series]) => /^http_requests_total\{.*"\/webhook"/.test(series))
      .reduce((sum, [, count]) => sum + count, 0);
  await eventually("all to be counted", async () => (await counted()) >= ids.length || undefined);
  assert.equal(await counted(), ids.length);
  // Closing waits for everything that is still to be written.
  await service.close();
  for (const id of ids) {
    const lines = linesOf(service, id);
    assert.equal(lines.length, 1, `${lines.length} log lines of ${id}`);
    assert.equal(lines[0]?.["result"], "created");
  }
});

test("a sender that goes away in the middle of reading a page does no harm", async (t) => {
  const service = await startTestService(t);
  const text = "x".repeat(4_000);
  const ids = Array.from({ length: 100 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((id) => post(service.url, sampleMessage({ message_id: id, text }))));
  for (let times = 0; times < 10; times += 1) {
    const connection = await openRaw(t, service.url);
    await connection.send(rawHead("GET /messages?limit=100", [`X-Request-ID: gone-${times}`]));
    connection.destroy();
  }
  await until("each is logged", () => linesOf(service, "gone-9").length > 0);
  await assertNothingLeft(service);
});

test("Expect: 100-continue is told to go on, and the message is stored", async (t) => {
  const { url } = await startTestService(t);
  const body = bytesOf(sampleMessage());
  const connection = await openRaw(t, url);
  const headers = [
    `X-Signature: ${signature(body)}`,
    `Content-Length: ${body.length}`,
    "Expect: 100-continue",
  ];
  await connection.send(rawHead("POST /webhook", headers));
  assert.equal((await connection.answer()).status, 100);
  await connection.send(body);
  assert.equal((await connection.answer()).text, OK);
  assert.equal(await totalOf(url), 1);
});

test("pipelined requests are answered each, in the order of their sending", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  const posts = ["m1", "m2", "m1"].map((id) => rawPost(sampleMessage({ message_id: id })));
  const [first, second, third] = posts;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  await connection.send(
    Buffer.concat([
      first,
      Buffer.from(rawHead("GET /nothing")),
      second,
      Buffer.from(rawHead("GET /webhook")),
      third,
      Buffer.from(rawHead("GET /messages")),
    ]),
  );
  const answers = [];
  for (let count = 0; count < 6; count += 1) answers.push(await connection.answer());
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 200, 405, 200, 200],
  );
  assert.equal(connection.rest(), "");
  assert.equal(await totalOf(url), 2);
});

test("a connection is kept for further requests, also after refusals, until it is asked to close", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  for (let times = 0; times < 20; times += 1) {
    await connection.send(rawPost(sampleMessage()));
    assert.equal((await connection.answer()).text, OK);
    await connection.send(rawPost("not JSON"));
    assert.equal((await connection.answer()).status, 422);
  }
  await connection.send(rawHead("GET /health/live", ["Connection: close"]));
  const last = await connection.answer();
  assert.equal(last.status, 200);
  assert.equal(last.headers.get("connection"), "close");
  await connection.closed;
});

test("HTTP/1.0 is answered", async (t) => {
  const { url } = await startTestService(t);
  const old = await openRaw(t, url);
  await old.send("GET /health/live HTTP/1.0\r\n\r\n");
  assert.equal((await old.answer()).status, 200);
  await old.closed;
});

test("an address in absolute form, which RFC 9112 has every server accept, is answered as any other", async (t) => {
  const service = await startTestService(t);
  const { url } = service;
  const absolute = await openRaw(t, url);
  await absolute.send(rawHead("GET http://test/health/live"));
  assert.equal((await absolute.answer()).text, '{"status":"live"}');
  await absolute.send(rawHead("GET http://test/messages?limit=1"));
  assert.equal((await absolute.answer()).status, 200);
  await absolute.send(rawHead("PUT http://test/messages"));
  assert.equal((await absolute.answer()).status, 405);
  const path = (): unknown => service.logs().find(({ status }) => status === 405)?.["path"];
  await until("it is logged", () => path() !== undefined);
  assert.equal(path(), "/messages");
});

test("an offer to upgrade the connection is declined by answering", async (t) => {
  const { url } = await startTestService(t);
  const connection = await openRaw(t, url);
  await connection.send(rawHead("GET /health/live", ["Connection: Upgrade", "Upgrade: websocket"]));
  assert.equal((await connection.answer()).text, '{"status":"live"}');
});

test("413 for a body of 5 MB can be read by the sender, every time", async (t) => {
  const service = await startTestService(t);
  const body = Buffer.alloc(5 * 1024 * 1024, " ");
  for (let times = 0; times < 20; times += 1) {
    assert.equal((await post(service.url, body)).status, 413, `time ${times} with fetch`);
  }
  const whole = rawPost(body);
  for (let times = 0; times < 20; times += 1) {
    const connection = await openRaw(t, service.url);
    void connection.send(whole);
    const answer = await connection.answer();
    assert.equal(answer.status, 413, `time ${times} on a socket`);
    assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
    connection.destroy();
  }
  assert.equal(await totalOf(service.url), 0);
  await assertNothingLeft(service);
});

test("413 can be read by a sender that did not say how long its 5 MB are", async (t) => {
  const { url } = await startTestService(t);
  const body = Buffer.alloc(5 * 1024 * 1024, " ");
  for (let times = 0; times < 20; times += 1) {
    const response = request(`${url}/webhook`, {
      method: "POST",
      headers: { "x-signature": signature(body) },
      body: new ReadableStream({
        start(controller) {
          for (let start = 0; start < body.length; start += 65_536) {
            controller.enqueue(new Uint8Array(body.subarray(start, start + 65_536)));
          }
          controller.close();
        },
      }),
      duplex: "half",
    });
    assert.equal((await response).status, 413, `time ${times}`);
  }
});
