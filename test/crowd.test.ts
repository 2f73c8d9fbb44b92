/** However many connections are opened, a good sender is served; and each bound has its figure. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { fastify } from "fastify";
import { boundCrowd } from "../src/http/bound-crowd.ts";
import { Crowd } from "../src/http/crowd.ts";
import { connectionsWithin } from "../src/http/descriptors.ts";
import { createLogTo } from "../src/log.ts";
import { createMetrics } from "../src/metrics.ts";
import { createHeldStore, type HeldStore } from "./support/held-store.ts";
import { startAppOver } from "./support/app.ts";
import { post, request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { figures } from "./support/figures.ts";
import { openRaw, type RawConnection, rawHead, rawPost } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { until } from "./support/until.ts";

const OK = '{"status":"ok"}';
const FEW = 16;

function openMany(t: TestContext, url: string, count: number): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: count }, () => openRaw(t, url)));
}

/** A message under another id each time, on a connection that stays. */
async function send(connection: RawConnection, id: string): Promise<void> {
  await connection.send(rawPost(sampleMessage({ message_id: id })));
  assert.equal((await connection.answer()).text, OK, id);
}

test("many times as many connections as there may be lock nobody out: whoever was longest without a request goes", async (t) => {
  const { url } = await startTestService(t, { connectionsMax: FEW });
  const kept = await openRaw(t, url);
  await send(kept, "first");
  for (let wave = 0; wave < 10; wave += 1) {
    await openMany(t, url, FEW - 2);
    await send(kept, `kept-${wave}`);
    const fresh = await openRaw(t, url);
    await send(fresh, `fresh-${wave}`);
    fresh.destroy();
  }
  const series = await figures(url);
  assert.equal(series.get("http_connections_max"), FEW);
  assert.ok((series.get("http_connections") ?? 0) <= FEW);
  assert.ok((series.get('http_connections_closed_total{reason="crowded"}') ?? 0) > 5 * FEW);
  assert.equal(series.get('http_connections_closed_total{reason="refused"}'), 0);
});

test("a connection that brought half a head or half a body is told why it goes, one that brought nothing is closed", async (t) => {
  const service = await startTestService(t, { connectionsMax: FEW });
  const silent = await openRaw(t, service.url);
  const head = await openRaw(t, service.url);
  await head.send("GET /health/live HTTP/1.1\r\nHost: te");
  const body = await openRaw(t, service.url);
  await body.send(rawPost(sampleMessage(), ["X-Request-ID: half"]).subarray(0, -10));
  // Its head was read when what came after it on another connection is answered.
  assert.equal((await request(`${service.url}/health/live`)).status, 200);
  await openMany(t, service.url, FEW);
  await Promise.all([silent.closed, head.closed, body.closed]);
  assert.equal(silent.rest(), "");
  for (const told of [head, body]) {
    const answer = await told.answer();
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.match((answer.json as { detail: string }).detail, /too slow to come/);
  }
  await eventually("the line of the half body", () =>
    service.logs().find((line) => line["request_id"] === "half" && line["status"] === 503),
  );
});

/** Until so many messages are stored. */
async function store(held: HeldStore, count: number): Promise<void> {
  let ended = 0;
  await until("the messages to be stored", () => {
    for (; ended < held.appends.length; ended += 1) held.appends[ended]?.resolve();
    return held.appends.flatMap(({ ids }) => ids).length >= count;
  });
}

test("connections whose messages are being stored are never closed for others, which are told to come again", async (t) => {
  const held = createHeldStore();
  const { url, ingest } = await startAppOver(t, held, { connectionsMax: FEW });
  const busy = await openMany(t, url, FEW);
  for (const [index, connection] of busy.entries())
    await connection.send(rawPost(sampleMessage({ message_id: `m${index}` })));
  await until("all to wait for the store", () => ingest.depth().messages === FEW);
  const late = await openRaw(t, url);
  const answer = await late.answer();
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "1");
  await late.closed;
  await store(held, FEW);
  for (const connection of busy) assert.equal((await connection.answer()).text, OK);
  const series = await figures(url);
  assert.equal(series.get('http_connections_closed_total{reason="refused"}'), 1);
});

test("whoever sends hundreds of requests at once and takes no answer is cut off; a hundred are answered", async (t) => {
  const held = createHeldStore();
  const { url } = await startAppOver(t, held);
  const connection = await openRaw(t, url);
  await connection.send(
    Buffer.concat([rawPost(sampleMessage()), Buffer.from(rawHead("GET /health/live").repeat(100))]),
  );
  await store(held, 1);
  assert.equal((await connection.answer()).text, OK);
  for (let count = 0; count < 100; count += 1) assert.equal((await connection.answer()).status, 200);
  // Also what is no path to the router, which answers it before any hook runs.
  for (const [index, path] of ["/health/live", "/%zz"].entries()) {
    const greedy = await openRaw(t, url);
    await greedy.send(rawPost(sampleMessage()));
    await until("the message to wait", () => held.appends.length === 2 + index);
    await greedy.send(rawHead(`GET ${path}`).repeat(1_000));
    await greedy.closed;
    held.appends.at(-1)?.resolve();
    const series = await figures(url);
    assert.equal(series.get('http_connections_closed_total{reason="pipelined"}'), 1 + index);
  }
});

test("requests in flight are counted up and down again, however they end", async (t) => {
  const { url } = await startTestService(t);
  await post(url, sampleMessage());
  await post(url, "no message");
  await post(url, "x".repeat(70_000));
  await request(`${url}/nothing`);
  await request(`${url}/messages/%zz`);
  const gone = await openRaw(t, url);
  await gone.send(rawPost(sampleMessage({ message_id: "gone" })));
  gone.destroy();
  // Alone the one that asks is in flight.
  await eventually("the others to have ended", async () => {
    const series = await figures(url);
    return series.get("http_requests_in_flight") === 1 || undefined;
  });
  assert.ok(((await figures(url)).get("http_requests_in_flight_max") ?? 0) > 10_000);
});

test("whoever does not take an answer is cut off in the end, and nobody else is", async (t) => {
  let now = 0;
  const log = createLogTo({ write: () => undefined }, "silent");
  const crowd = new Crowd({ connectionsMax: 100, log, metrics: createMetrics(), now: () => now });
  const app = fastify();
  t.after(() => app.close());
  boundCrowd(app, crowd);
  // More than what the system takes for somebody who does not read.
  app.get("/", () => "x".repeat(32 * 1024 * 1024));
  app.get("/short", () => "x");
  const { port } = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
  const stalled = connect({ port: Number(port), host: "127.0.0.1" });
  t.after(() => stalled.destroy());
  stalled.on("error", () => undefined).pause();
  stalled.write(rawHead("GET /"));
  const reads = await openRaw(t, `http://127.0.0.1:${port}`);
  await reads.send(rawHead("GET /short"));
  await reads.answer();
  now += 80_000;
  await reads.send(rawHead("GET /short"));
  await reads.answer();
  crowd.closeStalled();
  const connections = promisify(app.server.getConnections.bind(app.server));
  assert.equal(await connections(), 2);
  now += 15_000;
  crowd.closeStalled();
  await eventually("one to be gone", async () => (await connections()) === 1 || undefined);
  await reads.send(rawHead("GET /short"));
  assert.equal((await reads.answer()).status, 200);
});

test("of the files that the process may open, a fourth is left for all else", () => {
  assert.equal(connectionsWithin(4_000, 1_048_576), 4_000);
  assert.equal(connectionsWithin(4_000, 260), 195);
  assert.equal(connectionsWithin(4_000, Infinity), 4_000);
});
