import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { keep } from "./support/listing.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

async function statsOf(url: string): Promise<unknown> {
  const answer = await request(`${url}/stats`);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  return answer.json;
}

test("the figures of an empty inbox are zeros and nulls", async (t) => {
  const { url } = await startTestService(t);
  assert.deepEqual(await statsOf(url), {
    total_messages: 0,
    unique_senders: 0,
    top_senders: [],
    first_message_ts: null,
    last_message_ts: null,
  });
});

test("one message is the first and the last", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ from: "+111", ts: "2025-01-15T10:00:00.500Z", text: null }]);
  assert.deepEqual(await statsOf(url), {
    total_messages: 1,
    unique_senders: 1,
    top_senders: [{ from: "+111", count: 1 }],
    first_message_ts: "2025-01-15T10:00:00.500Z",
    last_message_ts: "2025-01-15T10:00:00.500Z",
  });
});

test("senders are counted, whoever the messages went to, the most frequent first", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [
    { from: "+111" },
    { from: "+333" },
    { from: "+222", to: "+1" },
    { from: "+333", to: "+1" },
    { from: "+222", to: "+2" },
    { from: "+333", to: "+3" },
    // A sender is told apart to the last digit.
    { from: "+3333" },
  ]);
  const stats = (await statsOf(url)) as {
    total_messages: number;
    unique_senders: number;
    top_senders: unknown;
  };
  assert.equal(stats.total_messages, 7);
  assert.equal(stats.unique_senders, 4);
  assert.deepEqual(stats.top_senders, [
    { from: "+333", count: 3 },
    { from: "+222", count: 2 },
    { from: "+111", count: 1 },
    { from: "+3333", count: 1 },
  ]);
});

test("the ten most frequent senders are listed, of equal counts the smaller number first", async (t) => {
  const { url } = await startTestService(t);
  // +1013 sends twice; +1000 to +1012 once each, so that the tie also decides who is left out.
  const senders = Array.from({ length: 14 }, (_, index) => `+${1000 + index}`);
  await keep(
    url,
    ["+1013", ...senders].toReversed().map((from) => ({ from })),
  );
  const stats = (await statsOf(url)) as {
    total_messages: number;
    unique_senders: number;
    top_senders: unknown;
  };
  assert.equal(stats.total_messages, 15);
  assert.equal(stats.unique_senders, 14);
  assert.deepEqual(stats.top_senders, [
    { from: "+1013", count: 2 },
    ...senders.slice(0, 9).map((from) => ({ from, count: 1 })),
  ]);
});

test("exactly ten senders are all listed", async (t) => {
  const { url } = await startTestService(t);
  const senders = Array.from({ length: 10 }, (_, index) => `+${1000 + index}`);
  await keep(
    url,
    senders.map((from) => ({ from })),
  );
  const { top_senders } = (await statsOf(url)) as { top_senders: unknown };
  assert.deepEqual(
    top_senders,
    senders.map((from) => ({ from, count: 1 })),
  );
});

test("first and last are by instant, whatever the order of arrival, and ts is as it was sent", async (t) => {
  const { url } = await startTestService(t);
  for (const [index, [ts, first, last]] of [
    ["2025-01-15T10:00:00.5Z", "2025-01-15T10:00:00.5Z", "2025-01-15T10:00:00.5Z"],
    // As a string it sorts behind the one above; as an instant it is before.
    ["2025-01-15T10:00:00Z", "2025-01-15T10:00:00Z", "2025-01-15T10:00:00.5Z"],
    ["2025-01-15T10:00:00.50000001Z", "2025-01-15T10:00:00Z", "2025-01-15T10:00:00.50000001Z"],
    ["2025-01-15T10:00:00.499Z", "2025-01-15T10:00:00Z", "2025-01-15T10:00:00.50000001Z"],
    ["1969-12-31T23:59:59.900Z", "1969-12-31T23:59:59.900Z", "2025-01-15T10:00:00.50000001Z"],
    ["1969-12-31T23:59:59.10Z", "1969-12-31T23:59:59.10Z", "2025-01-15T10:00:00.50000001Z"],
    ["9999-12-31T23:59:59.0Z", "1969-12-31T23:59:59.10Z", "9999-12-31T23:59:59.0Z"],
  ].entries()) {
    await post(url, sampleMessage({ message_id: `m${index}`, ts: ts ?? "" }));
    const stats = (await statsOf(url)) as { first_message_ts: string; last_message_ts: string };
    assert.deepEqual([stats.first_message_ts, stats.last_message_ts], [first, last]);
  }
});

test("duplicates, conflicts and refused messages do not count", async (t) => {
  const { url } = await startTestService(t);
  const sent = sampleMessage();
  await post(url, sent);
  const before = await statsOf(url);

  assert.equal((await post(url, sent)).status, 200);
  assert.equal((await post(url, { ...sent, from: "+222", ts: "2030-01-01T00:00:00Z" })).status, 200);
  assert.equal((await post(url, { ...sent, message_id: "m2", from: "no number" })).status, 422);
  assert.equal(
    (await post(url, { ...sent, message_id: "m2" }, { "x-signature": "0".repeat(64) })).status,
    401,
  );
  assert.deepEqual(await statsOf(url), before);
});

test("a message is in the figures as soon as it has been acknowledged", async (t) => {
  const { url } = await startTestService(t);
  for (let count = 1; count <= 20; count += 1) {
    await post(url, sampleMessage({ message_id: `m${count}` }));
    assert.deepEqual(await statsOf(url), {
      total_messages: count,
      unique_senders: 1,
      top_senders: [{ from: sampleMessage().from, count }],
      first_message_ts: sampleMessage().ts,
      last_message_ts: sampleMessage().ts,
    });
  }
});
