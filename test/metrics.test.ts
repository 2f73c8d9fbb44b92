import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSION } from "../src/version.ts";
import { post, request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { parsePrometheus, type Sample } from "./support/prometheus.ts";
import { getRaw } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

const RESULTS = [
  "created",
  "duplicate",
  "conflict",
  "invalid_signature",
  "rate_limited",
  "validation_error",
  "unavailable",
];

async function scrape(url: string): Promise<readonly Sample[]> {
  const answer = await request(`${url}/metrics`);
  assert.equal(answer.status, 200);
  return parsePrometheus(answer.text);
}

/** The value of one series; undefined where there is none. */
function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}

function resultsOf(samples: readonly Sample[]): Record<string, number> {
  const counts = samples.filter(({ name }) => name === "webhook_requests_total");
  const pairs = counts.map(({ labels, value }): [string, number] => [labels["result"] ?? "", value]);
  return Object.fromEntries(pairs);
}

test("the figures are Prometheus text, each family with its type and help", async (t) => {
  const { url } = await startTestService(t);
  await post(url, sampleMessage());
  const answer = await request(`${url}/metrics`);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain;.*version=0\.0\.4/);
  const samples = parsePrometheus(answer.text);
  assert.ok(samples.length > 20);
  const series = samples.map(
    ({ name, labels }) =>
      `${name}${Object.keys(labels)
        .toSorted()
        .map((label) => `,${label}=${labels[label]}`)
        .join("")}`,
  );
  assert.equal(new Set(series).size, series.length, "no series is there twice");
});

test("every result of the webhook is there from the start, and is counted", async (t) => {
  const { url } = await startTestService(t);
  const none = Object.fromEntries(RESULTS.map((result) => [result, 0]));
  assert.deepEqual(resultsOf(await scrape(url)), none);

  const sent = sampleMessage();
  await post(url, sent);
  await post(url, sampleMessage({ message_id: "m2" }));
  await post(url, sent);
  await post(url, { ...sent, text: "other" });
  await post(url, sent, { "x-signature": "0".repeat(64) });
  await post(url, "not JSON");
  await post(url, { ...sent, from: "nobody" });
  const counted = {
    ...none,
    created: 2,
    duplicate: 1,
    conflict: 1,
    invalid_signature: 1,
    validation_error: 2,
  };
  assert.deepEqual(resultsOf(await scrape(url)), counted);
});

test("requests are counted by method, route and status", async (t) => {
  const { url } = await startTestService(t);
  await post(url, sampleMessage({ message_id: "a/b" }));
  await post(url, "{}");
  await request(`${url}/messages?q=x`);
  await request(`${url}/messages?limit=1`);
  await request(`${url}/messages?limit=0`);
  await request(`${url}/messages/a%2Fb`);
  await request(`${url}/messages/nothing`);
  await request(`${url}/messages/nothing-either`);
  await request(`${url}/stats`);
  await request(`${url}/health/live`);
  await request(`${url}/health/ready`);
  for (const [method, path, status, count] of [
    ["POST", "/webhook", "200", 1],
    ["POST", "/webhook", "422", 1],
    ["GET", "/messages", "200", 2],
    ["GET", "/messages", "422", 1],
    ["GET", "/messages/{message_id}", "200", 1],
    ["GET", "/messages/{message_id}", "404", 2],
    ["GET", "/stats", "200", 1],
    ["GET", "/health/live", "200", 1],
    ["GET", "/health/ready", "200", 1],
  ] as const) {
    // A request is counted when its answer has left, which a client may see before the service does.
    const what = `${count} of ${method} ${path} ${status}`;
    await eventually(what, async () => {
      const samples = await scrape(url);
      return valueOf(samples, "http_requests_total", { method, path, status }) === count || undefined;
    });
  }
});

test("what strangers ask for makes no series of its own", async (t) => {
  const { url } = await startTestService(t);
  const ask = async (mark: string): Promise<void> => {
    await request(`${url}/${mark}`);
    await request(`${url}/messages/${mark}/deeper`);
    await request(`${url}/messages/${mark}`);
    await request(`${url}/messages?${mark}=1`);
    await request(`${url}/webhook/${mark}`, { method: "POST" });
    await request(`${url}/docs/${mark}`);
    await request(`${url}/docs/static/${mark}.js`);
    await request(`${url}/${mark}`, { method: "DELETE" });
    await getRaw(url, `/${mark}%`);
    await getRaw(url, `/${mark}/../x`);
  };
  const seriesOf = (samples: readonly Sample[]): string[] =>
    samples
      .filter(({ name }) => name.startsWith("http_"))
      .map(({ name, labels }) => JSON.stringify([name, labels]));
  const settled = async (requests: number): Promise<readonly Sample[]> =>
    eventually(`${requests} requests to be counted`, async () => {
      const samples = await scrape(url);
      const counts = samples.filter(
        ({ name, labels }) => name === "http_requests_total" && labels["path"] !== "/metrics",
      );
      return counts.reduce((sum, { value }) => sum + value, 0) >= requests ? samples : undefined;
    });

  await ask("stranger-0");
  const once = seriesOf(await settled(10));
  for (let index = 1; index < 10; index += 1) await ask(`stranger-${index}`);
  const often = seriesOf(await settled(100));
  // The scrapes themselves may come to be counted only now.
  const others = (series: readonly string[]): string[] =>
    series.filter((one) => !one.includes('"/metrics"')).toSorted();
  assert.deepEqual(others(often), others(once));
  assert.ok(!often.some((one) => one.includes("stranger")));
});

test("durations of requests are a histogram", async (t) => {
  const { url } = await startTestService(t);
  for (let count = 0; count < 5; count += 1) await request(`${url}/stats`);
  const samples = await eventually("5 durations of /stats", async () => {
    const found = await scrape(url);
    const labels = { method: "GET", path: "/stats" };
    return valueOf(found, "http_request_duration_seconds_count", labels) === 5 ? found : undefined;
  });
  const buckets = samples.filter(
    ({ name, labels }) => name === "http_request_duration_seconds_bucket" && labels["path"] === "/stats",
  );
  assert.ok(buckets.length > 3);
  const bounds = buckets.map(({ labels }) => (labels["le"] === "+Inf" ? Infinity : Number(labels["le"])));
  const counts = buckets.map(({ value }) => value);
  assert.deepEqual(
    bounds,
    bounds.toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
    "buckets are cumulative",
  );
  assert.equal(bounds.at(-1), Infinity);
  assert.equal(counts.at(-1), 5);
  const sum = valueOf(samples, "http_request_duration_seconds_sum", { path: "/stats" });
  assert.ok(sum !== undefined && sum > 0);
});

test("the queue, the commits and the process have figures", async (t) => {
  const { url } = await startTestService(t);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => post(url, sampleMessage({ message_id: `m${index}` }))),
  );
  const samples = await scrape(url);
  // All have been answered, so nothing waits.
  assert.equal(valueOf(samples, "ingest_queue_messages"), 0);
  assert.equal(valueOf(samples, "ingest_queue_bytes"), 0);
  const commits = valueOf(samples, "ingest_commit_duration_seconds_count") ?? 0;
  assert.ok(commits >= 1 && commits <= 20);
  assert.equal(valueOf(samples, "ingest_batch_messages_sum"), 20);
  assert.equal(valueOf(samples, "ingest_batch_messages_count"), commits);
  assert.ok((valueOf(samples, "process_cpu_seconds_total") ?? 0) > 0);
  assert.ok((valueOf(samples, "process_resident_memory_bytes") ?? 0) > 0);
  assert.ok((valueOf(samples, "process_start_time_seconds") ?? 0) > 0);
});

test("whether messages are taken, by which version, and by how many clients, has figures", async (t) => {
  const ready = await scrape((await startTestService(t)).url);
  assert.equal(valueOf(ready, "service_ready"), 1);
  assert.ok((valueOf(ready, "http_connections") ?? 0) >= 1);
  assert.equal(valueOf(ready, "lyftr_info", { version: VERSION, engine: "sqlite" }), 1);
  assert.equal(valueOf(ready, "store_failures_total"), 0);
  const closed = await scrape((await startTestService(t, { secrets: [] })).url);
  assert.equal(valueOf(closed, "service_ready"), 0);
});

test("the bounds of what waits stand beside it, and the room on the disk", async (t) => {
  const samples = await scrape((await startTestService(t)).url);
  for (const [name, value] of [
    ["ingest_queue_messages_max", 10_000],
    ["ingest_queue_bytes_max", 64 * 1024 * 1024],
    ["journal_unindexed_messages_max", 100_000],
    ["journal_unindexed_bytes_max", 128 * 1024 * 1024],
    ["journal_unindexed_batches", 0],
    ["disk_reserved_bytes", 32 * 1024 * 1024],
  ] as const) {
    assert.equal(valueOf(samples, name), value, name);
  }
  assert.ok((valueOf(samples, "disk_free_bytes") ?? 0) > 0);
});
