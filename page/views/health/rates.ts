/** What happened between two looks at the metrics, of which most are counted since the service started. */
import { type Labels, type Samples, samplesOf, sumOf } from "./prometheus.ts";

export interface Metered {
  /** On a clock that only goes forward. */
  readonly atMs: number;
  readonly samples: Samples;
}

export interface Rates {
  /** Messages acknowledged a second, also those that were there before. */
  readonly messages: number;
  readonly commits: number;
  /** Seconds that half of the requests took at most; undefined where there were none. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

const ACKNOWLEDGED = ["created", "duplicate"];
const LATENCY = "http_request_duration_seconds_bucket";
const OF_WEBHOOK = { method: "POST", path: "/webhook" };

/** Whether both are of one life of one process: only then its counters can be compared. */
export function areOfOneProcess(before: Metered, after: Metered): boolean {
  const [one, other] = [before, after].map(({ samples }) => sumOf(samples, "process_start_time_seconds"));
  return one === other;
}

/** `after` is the later one; both are of one process. */
export function ratesBetween(before: Metered, after: Metered): Rates {
  const seconds = (after.atMs - before.atMs) / 1_000;
  const risen = (name: string, labels?: Labels): number =>
    (sumOf(after.samples, name, labels) ?? 0) - (sumOf(before.samples, name, labels) ?? 0);
  const acknowledged = ACKNOWLEDGED.reduce(
    (sum, result) => sum + risen("webhook_requests_total", { result }),
    0,
  );
  const counted = samplesOf(after.samples, LATENCY, OF_WEBHOOK).map(({ labels }) => {
    const { le = "+Inf" } = labels;
    return { upTo: le === "+Inf" ? Infinity : Number(le), count: risen(LATENCY, { ...OF_WEBHOOK, le }) };
  });
  return {
    messages: acknowledged / seconds,
    commits: risen("ingest_commit_duration_seconds_count") / seconds,
    p50: quantileOf(counted, 0.5),
    p99: quantileOf(counted, 0.99),
  };
}

interface UpTo {
  readonly upTo: number;
  /** Of all that are at most as large. */
  readonly count: number;
}

/** As histogram_quantile of Prometheus: between the bounds of its bucket in proportion, beyond the last bound that bound. */
function quantileOf(counted: readonly UpTo[], quantile: number): number | undefined {
  const buckets = counted.toSorted((a, b) => a.upTo - b.upTo);
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = quantile * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const before = buckets[index - 1] ?? { upTo: 0, count: 0 };
  const bucket = buckets[index] ?? before;
  if (bucket.upTo === Infinity || bucket.count === before.count) return before.upTo;
  return before.upTo + ((bucket.upTo - before.upTo) * (rank - before.count)) / (bucket.count - before.count);
}
