/** What a head may be at most, and that the longest one that can be right is within it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "./support/client.ts";
import { post, request } from "./support/client.ts";
import { list } from "./support/listing.ts";
import { openRaw, rawHead } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

async function answerTo(t: Parameters<typeof openRaw>[0], url: string, head: string): Promise<Answer> {
  const connection = await openRaw(t, url);
  await connection.send(head);
  const answer = await connection.answer();
  connection.destroy();
  return answer;
}

function headers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `X-${index}: 1`);
}

test("a head has at most 100 headers, of which none is left out unseen", async (t) => {
  const { url } = await startTestService(t);
  // Host is one of them.
  assert.equal((await answerTo(t, url, rawHead("GET /health/live", headers(99)))).status, 200);
  for (const count of [100, 101, 500]) {
    const answer = await answerTo(t, url, rawHead("GET /health/live", headers(count)));
    assert.equal(answer.status, 431, String(count));
    assert.deepEqual(answer.json, { detail: "more than 100 headers" });
  }
});

test("a head of more than 16 KiB is 431, and the refusal has the headers of every other answer", async (t) => {
  const { url } = await startTestService(t);
  const answer = await answerTo(t, url, rawHead("GET /health/live", [`X-Long: ${"x".repeat(17_000)}`]));
  assert.equal(answer.status, 431);
  assert.deepEqual(Object.keys(answer.json as object), ["detail"]);
  for (const name of ["cache-control", "content-security-policy", "x-content-type-options", "x-request-id"])
    assert.notEqual(answer.headers.get(name), null, name);
});

test("a URL of more than 12,000 characters is 414; to a stranger where tokens are asked for, 401 as any other", async (t) => {
  const long = `/messages?q=${"x".repeat(12_000)}`;
  const { url } = await startTestService(t);
  const answer = await answerTo(t, url, rawHead(`GET ${long}`));
  assert.equal(answer.status, 414);
  assert.match((answer.json as { detail: string }).detail, /longer than 12000 characters/);
  const token = { name: "ops", role: "read", token: "0123456789abcdef" } as const;
  const access = { tokens: [token], openTo: "loopback", areMetricsOpen: false } as const;
  const guarded = await startTestService(t, { access });
  const refused = await answerTo(t, guarded.url, rawHead(`GET ${long}`));
  assert.deepEqual(refused.json, (await request(`${guarded.url}/nothing`)).json);
});

test("the longest URL and the longest id that can be right are taken", async (t) => {
  const { url } = await startTestService(t);
  const message_id = "\u{1f600}".repeat(256);
  await post(url, sampleMessage({ message_id, ts: "2025-01-15T10:00:00.123456789Z" }));
  await post(
    url,
    sampleMessage({ message_id: `${message_id.slice(2)}\u{1f601}`, ts: "2025-01-15T10:00:00.123456789Z" }),
  );
  const first = await request(`${url}/messages?limit=1`);
  const cursor = /cursor=([^&>]+)/.exec(first.headers.get("link") ?? "")?.[1];
  assert.ok(cursor !== undefined);
  const party = "\u{1f600}".repeat(128);
  const since = "2025-01-15T10:00:00.000000000Z";
  const page = await list(url, {
    from: party,
    to: party,
    q: message_id,
    since,
    until: since,
    order: "asc",
    limit: "100",
    cursor,
  });
  assert.equal(page.total, 0);
  assert.equal((await request(`${url}/messages/${encodeURIComponent(message_id)}`)).status, 200);
});
