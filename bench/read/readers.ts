/** What the slowest reads do to the webhook: its 99th percentile with 16 readers that never pause, and without. */
import { runBurst } from "../ingest/burst.ts";
import type { Candidate } from "../ingest/candidate.ts";
import { Client } from "./client.ts";
import { READERS_P99_FACTOR_MAX } from "./targets.ts";
import { medianOf, round } from "./timing.ts";

const READERS = 16;
const CONNECTIONS = 16;
/** 400 webhooks a second, far from what the service can take: where one waits, it is the readers' doing. */
const EVERY_MS = 40;
export const WEBHOOKS_PER_SECOND = (CONNECTIONS * 1000) / EVERY_MS;

export interface ReadersFigures {
  readonly question: string;
  readonly readers: number;
  readonly webhooks_per_second: number;
  /** The 99th percentile of each round. */
  readonly p99_ms_alone: readonly number[];
  readonly p99_ms: readonly number[];
  /** The median of the rounds' ratios. */
  readonly ratio: number;
  readonly target_ratio: number;
  readonly met: boolean;
  readonly reads_answered: number;
  /** With 503: they ran out of their time, or too many waited. */
  readonly reads_refused: number;
}

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
}

/** `paths`: questions nobody asked before. `requests`: webhooks for the warm-up and twice the rounds. */
export async function measureReaders(
  server: Candidate,
  { rounds, seconds }: Rounds,
  question: string,
  paths: readonly string[],
  requests: readonly Buffer[],
): Promise<ReadersFigures> {
  const each = Math.ceil(seconds * WEBHOOKS_PER_SECOND);
  let sent = 0;
  const p99 = async (): Promise<number> => {
    const target = { ports: server.ports, connections: CONNECTIONS, seconds, everyMs: EVERY_MS };
    const burst = await runBurst(target, requests.slice(sent, (sent += each)));
    if (burst.statuses.get(200) !== burst.requests)
      throw new Error(`webhooks were refused: ${JSON.stringify([...burst.statuses])}`);
    return round(burst.latencies[Math.floor(burst.latencies.length * 0.99)] ?? Number.NaN);
  };
  await p99();
  const [alone, beside]: [number[], number[]] = [[], []];
  const reading = new Reading(paths);
  for (let turn = 0; turn < rounds; turn += 1) {
    await server.settle();
    alone.push(await p99());
    const stop = reading.start(server.port);
    beside.push(await p99());
    await stop();
  }
  const ratios = beside.map((ms, index) => ms / (alone[index] ?? Number.NaN));
  const ratio = round(medianOf(ratios) ?? Number.NaN);
  return {
    question,
    readers: READERS,
    webhooks_per_second: WEBHOOKS_PER_SECOND,
    p99_ms_alone: alone,
    p99_ms: beside,
    ratio,
    target_ratio: READERS_P99_FACTOR_MAX,
    met: ratio <= READERS_P99_FACTOR_MAX,
    reads_answered: reading.answered,
    reads_refused: reading.refused,
  };
}

/** Readers that ask one question after the other; together they ask each once before any again. */
class Reading {
  answered = 0;
  refused = 0;
  #next = 0;
  readonly #paths: readonly string[];

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Returns what ends them, in the middle of what they wait for. */
  start(port: number): () => Promise<void> {
    const clients = Array.from({ length: READERS }, () => new Client(port));
    const over = new AbortController();
    const read = async (client: Client): Promise<void> => {
      while (!over.signal.aborted) {
        const path = this.#paths[this.#next++ % this.#paths.length] ?? "";
        const { status } = await client.get(path);
        if (status === 200) this.answered += 1;
        else this.refused += 1;
      }
    };
    const ended = Promise.allSettled(clients.map(read));
    return async () => {
      over.abort();
      for (const client of clients) client.close();
      await ended;
    };
  }
}
