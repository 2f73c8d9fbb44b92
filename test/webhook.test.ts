import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { webhookResults } from "./support/figures.ts";
import { bodyWith, totalOf } from "./support/refusal.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { until } from "./support/until.ts";

test("a signed message is stored once, however often it is sent", async (t) => {
  const { url } = await startTestService(t);
  for (let times = 0; times < 2; times += 1) {
    const answer = await post(url, sampleMessage());
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"status":"ok"}');
  }
  const list = await request(`${url}/messages`);
  assert.deepEqual(list.json, { data: [sampleMessage()], total: 1, limit: 50, offset: 0 });
});

test("a stored message is found by its id as it was sent", async (t) => {
  const { url } = await startTestService(t);
  const message = sampleMessage({ message_id: "a/b?c%d é😀", ts: "2025-01-15T10:00:00.120Z" });
  await post(url, message);
  const found = await request(`${url}/messages/${encodeURIComponent(message.message_id)}`);
  assert.equal(found.status, 200);
  assert.deepEqual(found.json, message);
});

test("a retry that spells the same content otherwise is a duplicate", async (t) => {
  const { url } = await startTestService(t);
  const { from, ...others } = sampleMessage({ text: null });
  const { text: _, ...withoutText } = sampleMessage();
  const spellings = [
    { from, ...others },
    { ...others, from_: from },
    { ...withoutText, extra: 1 },
    JSON.stringify({ ...others, from }, null, 2),
  ];
  for (const body of spellings) assert.equal((await post(url, body)).text, '{"status":"ok"}');
  assert.deepEqual(await webhookResults(url), { created: 1, duplicate: 3 });
  assert.equal(await totalOf(url), 1);
});

test("the same id with other content is a conflict: 200, the first stays, counted and logged", async (t) => {
  const service = await startTestService(t);
  const { url } = service;
  const first = sampleMessage({ text: "the first" });
  await post(url, first);
  const others = [
    { ...first, text: "another text" },
    { ...first, text: "" },
    { ...first, text: null },
    { ...first, from: "+1" },
    { ...first, to: "+1" },
    { ...first, ts: "2025-01-15T10:00:01Z" },
  ];
  for (const other of others) {
    const answer = await post(url, other);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"status":"ok"}');
  }
  const list = await request(`${url}/messages`);
  assert.deepEqual(list.json, { data: [first], total: 1, limit: 50, offset: 0 });
  assert.deepEqual(await webhookResults(url), { created: 1, conflict: others.length });

  const conflicts = (): Record<string, unknown>[] =>
    service.logs().filter(({ result }) => result === "conflict");
  await until("every conflict is logged", () => conflicts().length === others.length);
  for (const line of conflicts()) assert.equal(line["message_id"], first.message_id);
});

test("the first of a message is still the first after a conflict was sent twice", async (t) => {
  const { url } = await startTestService(t);
  await post(url, sampleMessage({ text: "first" }));
  await post(url, sampleMessage({ text: "second" }));
  await post(url, sampleMessage({ text: "second" }));
  await post(url, sampleMessage({ text: "first" }));
  assert.deepEqual(await webhookResults(url), { created: 1, conflict: 2, duplicate: 1 });
});

test("from_ is accepted as from, and listed as from", async (t) => {
  const { url } = await startTestService(t);
  const { from, ...others } = sampleMessage();
  assert.equal((await post(url, { ...others, from_: from })).status, 200);
  const list = await request(`${url}/messages`);
  assert.deepEqual(list.json, { data: [sampleMessage()], total: 1, limit: 50, offset: 0 });
});

test("from and from_ together are accepted when equal, and invalid when not", async (t) => {
  const { url } = await startTestService(t);
  const { from } = sampleMessage();
  for (const other of ["+1", "", null, 1, [from]]) {
    const answer = await post(url, bodyWith({ from_: other }));
    assert.equal(answer.status, 422, JSON.stringify(other));
    assert.match(answer.text, /from_/);
    assert.equal((await post(url, bodyWith({ from: other, from_: from }))).status, 422);
  }
  assert.equal(await totalOf(url), 0);
  assert.equal((await post(url, bodyWith({ from_: from }))).status, 200);
  assert.equal(await totalOf(url), 1);
});

test("members that the contract does not name are ignored", async (t) => {
  const { url } = await startTestService(t);
  const body = { ...sampleMessage(), FROM: 1, id: null, nested: { from: [{}] }, "": "", number: 1e300 };
  assert.equal((await post(url, body)).status, 200);
  const list = await request(`${url}/messages`);
  assert.deepEqual(list.json, { data: [sampleMessage()], total: 1, limit: 50, offset: 0 });
});

test("a text that is absent or null is listed as null, an empty one as empty", async (t) => {
  const { url } = await startTestService(t);
  const texts = { absent: undefined, null: null, empty: "" };
  for (const [id, text] of Object.entries(texts)) {
    assert.equal((await post(url, { ...sampleMessage({ message_id: id }), text })).status, 200);
  }
  const { json } = await request(`${url}/messages`);
  assert.deepEqual((json as { data: unknown }).data, [
    sampleMessage({ message_id: "absent", text: null }),
    sampleMessage({ message_id: "empty", text: "" }),
    sampleMessage({ message_id: "null", text: null }),
  ]);
});

test("of 100 equal messages at once exactly one is created", async (t) => {
  const { url } = await startTestService(t);
  const answers = await Promise.all(Array.from({ length: 100 }, () => post(url, sampleMessage())));
  for (const { text } of answers) assert.equal(text, '{"status":"ok"}');
  assert.deepEqual(await webhookResults(url), { created: 1, duplicate: 99 });
  assert.equal(await totalOf(url), 1);
});

test("of 100 messages at once under one id and all different, one is created and 99 are conflicts", async (t) => {
  const { url } = await startTestService(t);
  const messages = Array.from({ length: 100 }, (_, index) => sampleMessage({ text: `text ${index}` }));
  const answers = await Promise.all(messages.map((message) => post(url, message)));
  for (const { status } of answers) assert.equal(status, 200);
  assert.deepEqual(await webhookResults(url), { created: 1, conflict: 99 });

  const before = await request(`${url}/messages/m1`);
  assert.ok(messages.some(({ text }) => text === (before.json as { text: string }).text));
  for (const message of messages) await post(url, message);
  assert.equal((await request(`${url}/messages/m1`)).text, before.text);
});

test("each result is counted once in webhook_requests_total", async (t) => {
  const { url } = await startTestService(t);
  assert.deepEqual(await webhookResults(url), {});
  await post(url, sampleMessage());
  await post(url, sampleMessage());
  await post(url, sampleMessage({ text: "other" }));
  await post(url, sampleMessage(), { "x-signature": "123" });
  await post(url, "not JSON");
  assert.deepEqual(await webhookResults(url), {
    created: 1,
    duplicate: 1,
    conflict: 1,
    invalid_signature: 1,
    validation_error: 1,
  });
});

test("the webhook's log line says which message, whether it was a duplicate, and the result", async (t) => {
  const service = await startTestService(t);
  const { url } = service;
  await post(url, sampleMessage());
  await post(url, sampleMessage());
  await until("both are logged", () => service.logs().filter(({ path }) => path === "/webhook").length === 2);
  const lines = service.logs().filter(({ path }) => path === "/webhook");
  const told = lines.map(({ ts: _ts, request_id: _id, latency_ms: _ms, path: _path, ...rest }) => rest);
  const usual = { message_id: "m1", status: 200, method: "POST", level: "info" };
  assert.deepEqual(told, [
    { ...usual, dup: false, result: "created" },
    { ...usual, dup: true, result: "duplicate" },
  ]);
  for (const { ts, request_id, latency_ms } of lines) {
    assert.equal(new Date(String(ts)).toISOString(), ts);
    assert.equal(typeof request_id, "string");
    assert.ok(Number(latency_ms) >= 0);
  }
});
