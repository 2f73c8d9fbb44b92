import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { type CrowdMetrics, createCrowdMetrics } from "./crowd-metrics.ts";
import {
  type ConnectionsDepth,
  type JournalDepth,
  type QueueDepth,
  watchConnections,
  watchJournal,
  watchQueue,
} from "./depth-gauges.ts";
import type { Erased, Outcome } from "./message.ts";

/** What became of a request to POST /webhook. */
const WEBHOOK_RESULTS = [
  "created",
  "duplicate",
  "conflict",
  "invalid_signature",
  "rate_limited",
  "validation_error",
  "unavailable",
] as const;
export type WebhookResult = Outcome | (typeof WEBHOOK_RESULTS)[number];

/** What a request was signed with (webhook/verify.ts): the previous secret is in use until the last sender has moved. */
const SCHEMES = ["x-signature", "standard-webhooks"] as const;
const SECRET_NAMES = ["current", "previous"] as const;
export interface SignedWith {
  readonly scheme: (typeof SCHEMES)[number];
  readonly secret: (typeof SECRET_NAMES)[number];
}

/** Why messages were erased: somebody asked, or they were old. */
const ERASED_BY = ["request", "age"] as const;

/** From a tenth of a millisecond, what an idle machine takes, to the time at which senders give up. */
const SECONDS_BUCKETS = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

export interface Metrics extends CrowdMetrics {
  /** Prometheus text exposition format 0.0.4. */
  readonly registry: Registry;
  /**
   * `path` is the route's pattern, never the path itself: the number of series stays bounded. `seconds` is null for an answer that
   * lasted as long as its client stayed.
   */
  readonly countRequest: (method: string, path: string, status: number, seconds: number | null) => void;
  readonly countWebhook: (result: WebhookResult) => void;
  readonly countSignature: (signed: SignedWith) => void;
  readonly countCommit: (messages: number, seconds: number) => void;
  readonly countErased: (by: (typeof ERASED_BY)[number], erased: Erased) => void;
  /** A read took longer than READ_TIMEOUT_MS. */
  readonly countStoppedRead: () => void;
  /** The store failed behind the requests, and tries again by itself. */
  readonly countStoreFailure: () => void;
  /** Says which program runs. */
  readonly tellVersion: (version: string, engine: string) => void;
  /** Has the queue gauges ask `depth` at each scrape; beyond `max`, messages are refused. */
  readonly watchQueue: (depth: () => QueueDepth, max: QueueDepth) => void;
  /** Likewise for a journal, where the engine has one. */
  readonly watchJournal: (depth: () => JournalDepth) => void;
  /** Likewise for the connections of one more use. */
  readonly watchConnections: (use: string, depth: () => ConnectionsDepth) => void;
  /** Likewise for what clients see: whether messages are taken. */
  readonly watchReadiness: (isReady: () => Promise<boolean>) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const depths = new Map<string, () => ConnectionsDepth>();

  const { requests, requestSeconds } = requestMetrics(registers);
  const webhookRequests = new Counter({
    name: "webhook_requests_total",
    help: "Requests to POST /webhook, by what became of them.",
    labelNames: ["result"],
    registers,
  });
  for (const result of WEBHOOK_RESULTS) webhookRequests.inc({ result }, 0);
  const signatures = signatureCounter(registers);
  const { commitSeconds, batchMessages } = commitMetrics(registers);
  const erased = erasedCounter(registers);
  const stoppedReads = new Counter({
    name: "reads_stopped_total",
    help: "Reads that took longer than READ_TIMEOUT_MS and were stopped.",
    registers,
  });
  const storeFailures = new Counter({
    name: "store_failures_total",
    help: "Failures of the store behind the requests, such as of indexing; the log says why.",
    registers,
  });

  return {
    registry,
    ...createCrowdMetrics(registers),
    countRequest(method, path, status, seconds) {
      requests.inc({ method, path, status });
      if (seconds !== null) requestSeconds.observe({ method, path }, seconds);
    },
    countWebhook: (result) => webhookRequests.inc({ result }),
    countSignature: ({ scheme, secret }) => signatures.inc({ scheme, secret }),
    countCommit(messages, seconds) {
      batchMessages.observe(messages);
      commitSeconds.observe(seconds);
    },
    countErased: (by, { messages }) => erased.inc({ by }, messages),
    countStoppedRead: () => stoppedReads.inc(),
    countStoreFailure: () => storeFailures.inc(),
    tellVersion: (version, engine) => tellVersion(version, engine, registers),
    watchQueue: (depth, max) => watchQueue(depth, max, registry),
    watchJournal: (depth) => watchJournal(depth, registry),
    watchConnections(use, depth) {
      if (depths.size === 0) watchConnections(depths, registry);
      depths.set(use, depth);
    },
    watchReadiness: (isReady) => watchReadiness(isReady, registers),
  };
}

function requestMetrics(registers: Registry[]) {
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered, by method, route and status.",
    labelNames: ["method", "path", "status"],
    registers,
  });
  const requestSeconds = new Histogram({
    name: "http_request_duration_seconds",
    help: "From the request's head to the end of its answer.",
    labelNames: ["method", "path"],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  return { requests, requestSeconds };
}

function commitMetrics(registers: Registry[]) {
  const commitSeconds = new Histogram({
    name: "ingest_commit_duration_seconds",
    help: "Time that the store took to make a batch durable.",
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const batchMessages = new Histogram({
    name: "ingest_batch_messages",
    help: "Messages that shared one commit.",
    buckets: BATCH_BUCKETS,
    registers,
  });
  return { commitSeconds, batchMessages };
}

function signatureCounter(registers: Registry[]): Counter<"scheme" | "secret"> {
  const signatures = new Counter({
    name: "webhook_signatures_total",
    help: "Requests to POST /webhook that were rightly signed, by scheme and by the secret that they were signed with.",
    labelNames: ["scheme", "secret"],
    registers,
  });
  for (const scheme of SCHEMES) for (const secret of SECRET_NAMES) signatures.inc({ scheme, secret }, 0);
  return signatures;
}

function erasedCounter(registers: Registry[]): Counter<"by"> {
  const erased = new Counter({
    name: "messages_erased_total",
    help: "Messages erased, at request or by age.",
    labelNames: ["by"],
    registers,
  });
  for (const by of ERASED_BY) erased.inc({ by }, 0);
  return erased;
}

function tellVersion(version: string, engine: string, registers: Registry[]): void {
  const info = new Gauge({
    name: "lyftr_info",
    help: "Always 1: which version runs, and on which engine.",
    labelNames: ["version", "engine"],
    registers,
  });
  info.set({ version, engine }, 1);
}

function watchReadiness(isReady: () => Promise<boolean>, registers: Registry[]): void {
  void new Gauge({
    name: "service_ready",
    help: "What GET /health/ready says: 1 while messages are taken, else 0.",
    registers,
    async collect() {
      this.set((await isReady()) ? 1 : 0);
    },
  });
}
