/** What the page reads out of the metrics, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parsePrometheus, samplesOf, sumOf } from "../page/views/health/prometheus.ts";
import { areOfOneProcess, type Metered, ratesBetween } from "../page/views/health/rates.ts";
import { post, request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { startInbox } from "./support/inbox-page.ts";
import { keep } from "./support/listing.ts";
import { parsePrometheus as parseStrictly } from "./support/prometheus.ts";
import { sampleMessage } from "./support/sample.ts";

async function lookAt(url: string, atMs: number): Promise<Metered> {
  return { atMs, samples: parsePrometheus((await request(`${url}/metrics`)).text) };
}

test("names, labels, escapes and values are read; comments and what is none of the format are passed over", () => {
  const samples = parsePrometheus(
    [
      "# HELP a_total Of something.",
      "# TYPE a_total counter",
      "a_total 3",
      String.raw`b{path="a\"b\\c\nd",other="x, y=\"z\"}"} 1.5e-3 1700000000`,
      'b{path="",other="+Inf"} +Inf',
      "c NaN",
      "c -Inf",
      "d{} 4",
      "",
      "5 no",
      "nothing",
    ].join("\n"),
  );
  assert.deepEqual([...samples.keys()], ["a_total", "b", "c", "d"]);
  assert.deepEqual(samplesOf(samples, "b"), [
    { labels: { path: 'a"b\\c\nd', other: 'x, y="z"}' }, value: 0.0015 },
    { labels: { path: "", other: "+Inf" }, value: Infinity },
  ]);
  assert.deepEqual(samplesOf(samples, "c"), [
    { labels: {}, value: NaN },
    { labels: {}, value: -Infinity },
  ]);
  assert.equal(sumOf(samples, "d"), 4);
  assert.equal(sumOf(samples, "b", { path: "none" }), undefined);
  assert.equal(sumOf(samples, "none"), undefined);
});

for (const engine of ENGINES) {
  test(`${engine.name}: all that the service tells is read as a strict reader reads it`, async (t) => {
    const { url } = await startInbox(t, engine);
    await post(url, sampleMessage());
    const { text } = await request(`${url}/metrics`);
    const expected = parseStrictly(text).map(({ name, labels, value }) => [name, labels, value] as const);
    const read = [...parsePrometheus(text)].flatMap(([name, samples]) =>
      samples.map(({ labels, value }) => [name, labels, value] as const),
    );
    const inOrder = (samples: typeof read): string[] => samples.map((one) => JSON.stringify(one)).toSorted();
    assert.ok(expected.length > 100);
    assert.deepEqual(inOrder(read), inOrder(expected));
  });

  test(`${engine.name}: rates are of what was sent between two looks`, async (t) => {
    const { url } = await startInbox(t, engine);
    await post(url, sampleMessage());
    const before = await lookAt(url, 1_000);
    await keep(
      url,
      Array.from({ length: 20 }, () => ({})),
    );
    await post(url, sampleMessage({ message_id: "m0" }));
    const after = await lookAt(url, 3_000);
    const { messages, commits, p50 = 0, p99 = 0 } = ratesBetween(before, after);
    assert.equal(messages, 21 / 2);
    assert.ok(commits >= 1 / 2 && commits <= 21 / 2, `${commits}`);
    assert.ok(p50 > 0 && p50 <= p99 && p99 <= 10, `${p50} ${p99}`);
    const idle = ratesBetween(after, await lookAt(url, 4_000));
    assert.deepEqual(idle, { messages: 0, commits: 0, p50: undefined, p99: undefined });
    assert.equal(areOfOneProcess(before, after), true);
    // The service tells when it started to the second.
    const startedS = sumOf(before.samples, "process_start_time_seconds") ?? NaN;
    await eventually("a later second", () => Date.now() / 1_000 > startedS + 1.5 || undefined);
    const other = await startInbox(t, engine);
    assert.equal(areOfOneProcess(before, await lookAt(other.url, 5_000)), false);
  });
}

test("quantiles are those of the buckets: at most a bucket away from the truth", () => {
  const bounds = [0.001, 0.01, 0.1, 1, 10];
  const lookOf = (times: readonly number[]): Metered => {
    const line = (le: string, count: number): string =>
      `http_request_duration_seconds_bucket{le="${le}",method="POST",path="/webhook"} ${count}`;
    const lines = bounds.map((bound) => line(String(bound), times.filter((time) => time <= bound).length));
    return {
      atMs: times.length,
      samples: parsePrometheus([...lines, line("+Inf", times.length)].join("\n")),
    };
  };
  const times = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, times, (earlier, later) => {
      const { p50, p99 } = ratesBetween(lookOf(earlier), lookOf([...earlier, ...later]));
      const sorted = later.toSorted((a, b) => a - b);
      for (const [told, quantile] of [
        [p50, 0.5],
        [p99, 0.99],
      ] as const) {
        const truth = sorted[Math.ceil(quantile * sorted.length) - 1] ?? NaN;
        const upper = bounds.find((bound) => bound >= truth);
        const lower = bounds.findLast((bound) => bound < truth) ?? 0;
        assert.ok(
          told !== undefined && told >= lower && told <= (upper ?? 10),
          `${quantile}: ${told}, ${truth}`,
        );
      }
    }),
  );
});
