/** Gauges of what waits and how much room is left: each asks at every scrape, so that nothing is counted in between. */
import { Counter, Gauge, type Registry } from "prom-client";

/** What waits to be durable, and what is being committed. */
export interface QueueDepth {
  readonly messages: number;
  readonly bytes: number;
}

/** What is acknowledged and not yet in the main file, and the room on the disk. Only an engine with a journal has it. */
export interface JournalDepth extends QueueDepth {
  readonly messagesMax: number;
  readonly bytesMax: number;
  /** Batches, also those of before the start. */
  readonly batches: number;
  /** On the file system; NaN where it cannot be asked. */
  readonly freeBytes: number;
  /** While less than this is free, messages are refused. */
  readonly reservedBytes: number;
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

type Described<Depth> = readonly (readonly [name: string, help: string, of: (depth: Depth) => number])[];

const QUEUE: Described<QueueDepth> = [
  ["ingest_queue_messages", "Messages waiting to be durable or being committed.", ({ messages }) => messages],
  ["ingest_queue_bytes", "Size of the bodies of those messages.", ({ bytes }) => bytes],
];
const QUEUE_BOUNDS: Described<QueueDepth> = [
  ["ingest_queue_messages_max", "How many may wait; further ones are refused.", ({ messages }) => messages],
  ["ingest_queue_bytes_max", "How large they may be; further ones are refused.", ({ bytes }) => bytes],
];

const JOURNAL: Described<JournalDepth> = [
  [
    "journal_unindexed_batches",
    "Batches of messages that are in the journal and not yet in the main file.",
    ({ batches }) => batches,
  ],
  [
    "journal_unindexed_messages",
    "Messages in those of them that this process acknowledged.",
    ({ messages }) => messages,
  ],
  ["journal_unindexed_bytes", "Their size in the journal.", ({ bytes }) => bytes],
  [
    "journal_unindexed_messages_max",
    "How many there may be; further messages are refused.",
    ({ messagesMax }) => messagesMax,
  ],
  ["journal_unindexed_bytes_max", "How large they may be; likewise.", ({ bytesMax }) => bytesMax],
  ["disk_free_bytes", "Room on the file system that holds the data.", ({ freeBytes }) => freeBytes],
  [
    "disk_reserved_bytes",
    "While less than this is free, messages are refused.",
    ({ reservedBytes }) => reservedBytes,
  ],
];

const CONNECTIONS: Described<ConnectionsDepth> = [
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

/** `max`: beyond it, messages are refused. */
export function watchQueue(depth: () => QueueDepth, max: QueueDepth, registry: Registry): void {
  watch(QUEUE, depth, registry);
  watch(QUEUE_BOUNDS, () => max, registry);
}

export function watchJournal(depth: () => JournalDepth, registry: Registry): void {
  watch(JOURNAL, depth, registry);
}

/** `depths`: by use; more may be added later. */
export function watchConnections(
  depths: ReadonlyMap<string, () => ConnectionsDepth>,
  registry: Registry,
): void {
  const registers = [registry];
  for (const [name, help, of] of CONNECTIONS) {
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

function watch<Depth>(described: Described<Depth>, depth: () => Depth, registry: Registry): void {
  for (const [name, help, of] of described) {
    void new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(of(depth()));
      },
    });
  }
}
