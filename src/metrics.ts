import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Outcome } from "./message.ts";

/** What became of a request to POST /webhook. */
const WEBHOOK_RESULTS = [
  "created",
  "duplicate",
  "conflict",
  "invalid_signature",
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

/** From a tenth of a millisecond, what an idle machine takes, to the time at which senders give up. */
const SECONDS_BUCKETS = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** What waits to be durable, and what is being committed. */
export interface QueueDepth {
  readonly messages: number;
  readonly bytes: number;
}

/** Connections to a database server of one use, and the calls that wait for one. */
export interface ConnectionsDepth {
  readonly open: number;
  readonly openMax: number;
  readonly waiting: number;
  readonly waitingMax: number;
  /** Calls that got no connection so far, because too many waited. */
  readonly crowdedOut: number;
  /** Likewise, because no server took one. */
  readonly unconnected: number;
}

export interface Metrics {
  /** Prometheus text exposition format 0.0.4. */
  readonly registry: Registry;
  /** `path` is the route's pattern, never the path itself: the number of series stays bounded. */
  readonly countRequest: (method: string, path: string, status: number, seconds: number) => void;
  readonly countWebhook: (result: WebhookResult) => void;
  readonly countSignature: (signed: SignedWith) => void;
  readonly countCommit: (messages: number, seconds: number) => void;
  /** A read took longer than READ_TIMEOUT_MS. */
  readonly countStoppedRead: () => void;
  /** Has the queue gauges ask `depth` at each scrape. */
  readonly watchQueue: (depth: () => QueueDepth) => void;
  /** Likewise for the connections of one more use. */
  readonly watchConnections: (use: string, depth: () => ConnectionsDepth) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const depths = new Map<string, () => ConnectionsDepth>();

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
  const webhookRequests = new Counter({
    name: "webhook_requests_total",
    help: "Requests to POST /webhook, by what became of them.",
    labelNames: ["result"],
    registers,
  });
  for (const result of WEBHOOK_RESULTS) webhookRequests.inc({ result }, 0);
  const signatures = signatureCounter(registers);
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

  const stoppedReads = new Counter({
    name: "reads_stopped_total",
    help: "Reads that took longer than READ_TIMEOUT_MS and were stopped.",
    registers,
  });

  return {
    registry,
    countRequest(method, path, status, seconds) {
      requests.inc({ method, path, status });
      requestSeconds.observe({ method, path }, seconds);
    },
    countWebhook: (result) => webhookRequests.inc({ result }),
    countSignature: ({ scheme, secret }) => signatures.inc({ scheme, secret }),
    countCommit(messages, seconds) {
      batchMessages.observe(messages);
      commitSeconds.observe(seconds);
    },
    countStoppedRead: () => stoppedReads.inc(),
    watchQueue: (depth) => watchQueue(depth, registers),
    watchConnections(use, depth) {
      if (depths.size === 0) watchDepths(depths, registers);
      depths.set(use, depth);
    },
  };
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

function watchQueue(depth: () => QueueDepth, registers: Registry[]): void {
  void new Gauge({
    name: "ingest_queue_messages",
    help: "Messages waiting to be durable or being committed.",
    registers,
    collect() {
      this.set(depth().messages);
    },
  });
  void new Gauge({
    name: "ingest_queue_bytes",
    help: "Size of the bodies of those messages.",
    registers,
    collect() {
      this.set(depth().bytes);
    },
  });
}

const DEPTHS: readonly (readonly [name: string, help: string, of: (depth: ConnectionsDepth) => number])[] = [
  ["database_connections", "Open connections to the database server, by use.", ({ open }) => open],
  ["database_connections_max", "How many of them there may be.", ({ openMax }) => openMax],
  [
    "database_calls_waiting",
    "Calls that wait for one of those connections, by use.",
    ({ waiting }) => waiting,
  ],
  [
    "database_calls_waiting_max",
    "How many may wait; further ones are refused.",
    ({ waitingMax }) => waitingMax,
  ],
];

/** Only an engine on a server has them. */
function watchDepths(depths: ReadonlyMap<string, () => ConnectionsDepth>, registers: Registry[]): void {
  for (const [name, help, of] of DEPTHS) {
    void new Gauge({
      name,
      help,
      labelNames: ["use"],
      registers,
      collect() {
        for (const [use, depth] of depths) this.set({ use }, of(depth()));
      },
    });
  }
  void new Counter({
    name: "database_calls_refused_total",
    help: "Calls that got no connection: crowded when too many waited, unconnected when no server took one.",
    labelNames: ["use", "reason"],
    registers,
    collect() {
      this.reset();
      for (const [use, depth] of depths) {
        const { crowdedOut, unconnected } = depth();
        this.inc({ use, reason: "crowded" }, crowdedOut);
        this.inc({ use, reason: "unconnected" }, unconnected);
      }
    },
  });
}
