/** GET /messages/stream, on both engines alike. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Message } from "../src/message.ts";
import { post, request } from "./support/client.ts";
import { type Engine, ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { figures } from "./support/figures.ts";
import { keep, list } from "./support/listing.ts";
import { type Random, seededRandom } from "./support/random.ts";
import { openRaw, rawHead } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService, type TestService } from "./support/service.ts";
import { openStream } from "./support/stream.ts";

const MESSAGES = 5_000;
const SENDERS = 8;
const FOLLOWERS = 3;

async function startOn(t: TestContext, engine: Engine): Promise<TestService> {
  return startTestService(t, { store: await engine.locate(t) });
}

/** Each sender one after the other; the ids in the order in which they were answered. */
async function sendAll(url: string): Promise<void> {
  let sent = 0;
  const run = async (): Promise<void> => {
    while (sent < MESSAGES) {
      const message = sampleMessage({ message_id: `m${sent}`, text: `text ${sent} 😀` });
      sent += 1;
      assert.equal((await post(url, message)).status, 200);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, run));
}

/** Follows from the event with that id on, and is dropped again and again, until all have come; now and then goes back. */
async function followAll(t: TestContext, url: string, begin: string, random: Random): Promise<Message[]> {
  const seen: Message[] = [];
  const ids: string[] = [];
  while (seen.length < MESSAGES) {
    const back = seen.length > 0 && random.below(4) === 0 ? random.below(Math.min(200, seen.length)) : 0;
    seen.length -= back;
    ids.length -= back;
    const stream = await openStream(t, url, { lastId: ids.at(-1) ?? begin });
    const count = Math.min(MESSAGES - seen.length, 1 + random.below(MESSAGES / 4));
    await stream.reached(count);
    stream.drop();
    const told = stream.events.filter(({ event }) => event === "message");
    ids.push(...told.map(({ id = "" }) => id));
    seen.push(...stream.messages());
  }
  return seen;
}

for (const engine of ENGINES) {
  test(`${engine.name}: who is dropped and comes again at any event sees each message once, in one order`, async (t) => {
    const random = seededRandom(t, "STREAM_SEED");
    const { url } = await startOn(t, engine);
    const begin = (await openStream(t, url)).lastId();
    const sending = sendAll(url);
    const [first = [], ...others] = await Promise.all(
      Array.from({ length: FOLLOWERS }, () => followAll(t, url, begin, random)),
    );
    await sending;
    assert.equal(first.length, MESSAGES);
    assert.equal(new Set(first.map(({ message_id }) => message_id)).size, MESSAGES);
    for (const other of others) assert.deepEqual(other, first);
  });

  test(`${engine.name}: the filters of the list find on the stream what they find there`, async (t) => {
    const { url } = await startOn(t, engine);
    const begin = (await openStream(t, url)).lastId();
    await keep(
      url,
      Array.from({ length: 120 }, (_, index) => ({
        from: `+${1 + (index % 3)}`,
        to: `+${index % 5}`,
        ts: `2025-01-15T10:00:0${index % 10}${["", ".5", ".500000001"][index % 3]}Z`,
        text: ["Hello", "ПРИВЕТ", "e\u0301 100%_", null, "İstanbul", ""][index % 6] ?? null,
      })),
    );
    for (const query of [
      "",
      "from=+1",
      "from=%2B1&to=+0",
      "to=+9",
      "since=2025-01-15T10:00:04.5Z",
      "until=2025-01-15T10:00:04.500000001Z",
      "since=2025-01-15T10:00:02Z&until=2025-01-15T10:00:03Z&q=",
      "q=привет",
      "q=%C3%A9",
      "q=100%25_",
      "q=i%CC%87STANBUL&from=+2",
    ]) {
      const { data, total } = await list(url, `${query}&limit=100`);
      const second = total > 100 ? (await list(url, `${query}&limit=100&offset=100`)).data : [];
      const stream = await openStream(t, url, { lastId: begin, query });
      await stream.reached(total);
      // What comes behind a message that matches all filters, comes behind all that were there before.
      const byId = (a: Message, b: Message): number => (a.message_id < b.message_id ? -1 : 1);
      assert.deepEqual(stream.messages().toSorted(byId), [...data, ...second].toSorted(byId), query);
      stream.drop();
    }
    for (const [query, name] of [
      ["limit=1", "limit"],
      ["cursor=x", "cursor"],
      ["since=today", "since"],
      ["from=+1&from=+2", "from"],
    ] as const) {
      const { status, json } = await request(`${url}/messages/stream?${query}`);
      assert.equal(status, 422);
      assert.ok((json as { detail: string }).detail.startsWith(`${name}: `), query);
    }
  });

  test(`${engine.name}: a stream begins now, and an id that is none of this inbox is told by reset`, async (t) => {
    const [service, other] = [await startOn(t, engine), await startOn(t, engine)];
    await post(service.url, sampleMessage({ message_id: "before" }));
    const foreign = (await openStream(t, other.url)).lastId();
    const fresh = await openStream(t, service.url);
    assert.deepEqual(
      fresh.events.map(({ id: _id, ...event }) => event),
      [{ retry: "2000" }, { event: "start", data: '{"behind":0}' }],
    );
    for (const [lastId, reason] of [
      [foreign, "the id is of another inbox, or of the time before this one was restored or moved"],
      ["7", "the id is none that this service gives"],
      ["x".repeat(4_000), "the id is none that this service gives"],
    ] as const) {
      const stream = await openStream(t, service.url, { lastId });
      assert.deepEqual(stream.events[1], { event: "reset", data: JSON.stringify({ reason }) });
      assert.equal(stream.events[2]?.event, "start");
      await post(service.url, sampleMessage({ message_id: lastId.slice(0, 10) }));
      const [message] = await stream.reached(1);
      assert.equal(message?.message_id, lastId.slice(0, 10));
      stream.drop();
    }
  });

  test(`${engine.name}: when the service stops, streams end whole, also one that is not read`, async (t) => {
    const service = await startOn(t, engine);
    const stream = await openStream(t, service.url, { query: "from=+999" });
    const unread = await openRaw(t, service.url);
    await unread.send(rawHead("GET /messages/stream"));
    await service.close();
    assert.equal(await stream.ended, "whole");
    assert.equal(stream.events.at(-1)?.event, "position");
    await unread.closed;
  });
}

test("the answer's headers keep proxies from holding it back, and HEAD has them alone", async (t) => {
  const { url } = await startTestService(t);
  const { headers } = await openStream(t, url);
  for (const answer of [headers, (await request(`${url}/messages/stream`, { method: "HEAD" })).headers]) {
    assert.equal(answer.get("content-type"), "text/event-stream");
    assert.equal(answer.get("cache-control"), "no-store");
    assert.equal(answer.get("x-accel-buffering"), "no");
    assert.match(answer.get("x-request-id") ?? "", /^[\w-]+$/);
  }
});

test("a message whose id is stream is had by asking for JSON", async (t) => {
  const { url } = await startTestService(t);
  const asked = { headers: { accept: "application/json" } };
  assert.equal((await request(`${url}/messages/stream`, asked)).status, 404);
  const sent = sampleMessage({ message_id: "stream" });
  await post(url, sent);
  assert.deepEqual((await request(`${url}/messages/stream`, asked)).json, sent);
});

test("a stream is one request in log and figures, when it ends, and no duration", async (t) => {
  const service = await startTestService(t);
  const stream = await openStream(t, service.url);
  await keep(service.url, [{}, {}]);
  await stream.reached(2);
  const path = "/messages/stream";
  assert.equal((await figures(service.url)).get("http_streams"), 1);
  assert.equal((await figures(service.url)).get("http_streams_max"), 250);
  assert.ok(!service.logs().some((line) => line["path"] === path));
  stream.drop();
  const line = await eventually("its line", () => service.logs().find((each) => each["path"] === path));
  assert.deepEqual([line["status"], line["level"], line["messages"]], [200, "info", 2]);
  const series = await figures(service.url);
  assert.equal(series.get(`http_requests_total{method="GET",path="${path}",status="200"}`), 1);
  assert.equal(series.get(`http_request_duration_seconds_count{method="GET",path="${path}"}`), undefined);
  assert.equal(series.get("http_streams"), 0);
  assert.equal(series.get("http_requests_in_flight"), 1, "the one that asks for the figures");
});

test("with tokens a stream asks for one, of either role", async (t) => {
  const token = "reader-0123456789abcdef";
  const { url } = await startTestService(t, {
    access: { tokens: [{ name: "page", role: "read", token }], openTo: "loopback", areMetricsOpen: false },
  });
  const refused = await request(`${url}/messages/stream`);
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get("www-authenticate"), 'Bearer realm="lyftr"');
  await openStream(t, url, { token });
});

test("only so many streams are open; none is closed for room, and who sends is served beside them", async (t) => {
  const { url } = await startTestService(t, { connectionsMax: 16 });
  const streams = [];
  for (let number = 0; number < 4; number += 1) streams.push(await openStream(t, url));
  const refused = await request(`${url}/messages/stream`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal(refused.text, '{"detail":"too many streams are open; try again later"}');
  for (let wave = 0; wave < 3; wave += 1) {
    await Promise.all(Array.from({ length: 20 }, () => openRaw(t, url)));
    assert.equal((await post(url, sampleMessage({ message_id: `m${wave}` }))).status, 200);
  }
  for (const stream of streams) await stream.reached(3);
  streams[0]?.drop();
  await eventually("room for another", async () => openStream(t, url).catch(() => undefined));
});
