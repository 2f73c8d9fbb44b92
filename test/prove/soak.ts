/**
 * `soak`: at 80 % of the best rate for a long time, with duplicates, conflicts, forged and invalid requests among the
 * messages and readers beside them; then the books are compared to the last message. A round is a second.
 */
import type { RunningProgram } from "../support/program.ts";
import { balance } from "./books.ts";
import { Connection } from "./connection.ts";
import { Ledger } from "./ledger.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { Readers } from "./readers.ts";
import { Schedule } from "./schedule.ts";
import { describeEnd, memoryOf, startMeasured, withLifetime } from "./service.ts";
import { Traffic } from "./traffic.ts";

const CONNECTIONS = 64;
const SHARE_OF_BEST = 0.8;
/** To measure the best rate; a short run spends a quarter of its time on it. */
const BEST_SECONDS_MAX = 10;
/** Each kind of reader. A list counts all that match, and a search looks at every text, so few keep a core busy. */
const READS_PER_SECOND = 10;
const SAMPLES_PER_SECOND = 4;
/**
 * The most of the last quarter above the most of the second: after the start, memory must not follow the number of
 * messages. V8 widens its heap in steps, of 30 and 70 MiB in the first minute; a leak of 300 bytes a message is more
 * than this in a full run of 600 s.
 */
const GROWTH_MIB_MAX = 128;

export const soakProof: Proof = {
  name: "soak",
  promise:
    "80 % of the best rate with readers: every count exact to the last message, reads current, memory flat",
  rounds: 600,
  run: (options) =>
    withLifetime(async (lifetime) => {
      const program = await startMeasured(lifetime, options.folder);
      return new Soak(options, program, await Connection.openAll(program.url, CONNECTIONS + 2)).run();
    }),
};

class Soak {
  readonly #options: ProofOptions;
  readonly #program: RunningProgram;
  readonly #senders: readonly Connection[];
  readonly #readers: readonly Connection[];
  readonly #traffic: Traffic;
  readonly #reading: Readers;
  readonly #residentMiB: number[] = [];

  constructor(options: ProofOptions, program: RunningProgram, connections: readonly Connection[]) {
    this.#options = options;
    this.#program = program;
    this.#senders = connections.slice(0, CONNECTIONS);
    this.#readers = connections.slice(CONNECTIONS);
    this.#traffic = new Traffic(new Ledger(options.random.below(2 ** 31)), options.random);
    this.#reading = new Readers(this.#traffic, options.random);
  }

  async run(): Promise<ProofResult> {
    const { rounds, progress } = this.#options;
    const bestSeconds = Math.min(BEST_SECONDS_MAX, rounds / 4);
    progress(0, "measuring the best rate");
    const best = await this.#atBest(bestSeconds);
    const sending = new Schedule(best * SHARE_OF_BEST, rounds);
    const before = this.#traffic.answered;
    const started = performance.now();
    await this.#with(
      rounds,
      this.#senders.map((connection) => sending.each(() => this.#traffic.shoot(connection), this.#isSound)),
    );
    const seconds = (performance.now() - started) / 1000;

    const tell = (doing: string): void => progress(rounds, doing);
    const { ledger } = this.#traffic;
    const broken = [
      ...describeEnd(this.#program),
      ...this.#traffic.broken,
      ...this.#reading.broken,
      ...this.#growth(),
      ...(await this.#balance(tell)),
    ];
    return {
      rounds: Math.round(seconds),
      acknowledged: ledger.acknowledged,
      broken,
      figures: {
        "best req/s": Math.round(best),
        "req/s": Math.round((this.#traffic.answered - before) / seconds),
        "answer p99, ms": percentile99(this.#traffic.latenciesMs.slice(before)),
        "sent late at most, ms": Math.round(sending.lateMs),
        reads: this.#reading.reads,
        "read after write p99, ms": percentile99(this.#reading.readAfterWriteMs),
        "MiB start": this.#residentMiB[0] ?? "-",
        "MiB end": this.#residentMiB.at(-1) ?? "-",
        "MiB at most": this.#residentMiB.length > 0 ? Math.max(...this.#residentMiB) : "-",
      },
    };
  }

  /** What is broken stays so: there is no need to go on for minutes. */
  readonly #isSound = (): boolean => this.#traffic.broken.length + this.#reading.broken.length === 0;

  async #balance(tell: (doing: string) => void): Promise<string[]> {
    try {
      return await balance(this.#program.url, this.#readers, this.#traffic, tell);
    } catch (error) {
      return [`the books could not be compared: ${String(error)}`];
    }
  }

  /** Requests a second when each connection sends the next as soon as it has its answer, beside the same readers. */
  async #atBest(seconds: number): Promise<number> {
    const end = performance.now() + seconds * 1000;
    const sendAll = this.#senders.map(async (connection) => {
      while (performance.now() < end && this.#isSound()) await this.#traffic.shoot(connection);
    });
    await Promise.all([...sendAll, ...this.#read(seconds)]);
    return this.#traffic.answered / seconds;
  }

  /** The readers and the samples of memory for as long as the sending goes on. */
  async #with(seconds: number, sending: readonly Promise<void>[]): Promise<void> {
    const started = performance.now();
    const sampling = new Schedule(SAMPLES_PER_SECOND, seconds).each(() => {
      const memory = memoryOf(this.#program);
      if (memory !== null) this.#residentMiB.push(memory.residentMiB);
      const { ledger } = this.#traffic;
      const done = Math.floor((performance.now() - started) / 1000);
      this.#options.progress(done, `${ledger.acknowledged} messages, ${this.#reading.reads} reads`);
    }, this.#isSound);
    await Promise.all([...sending, ...this.#read(seconds), sampling]);
  }

  #read(seconds: number): Promise<void>[] {
    const [any, after] = this.#readers as [Connection, Connection];
    return [
      new Schedule(READS_PER_SECOND, seconds).each(() => this.#reading.readAny(any), this.#isSound),
      new Schedule(READS_PER_SECOND, seconds).each(() => this.#reading.readAfterWrite(after), this.#isSound),
    ];
  }

  #growth(): string[] {
    const quarter = Math.floor(this.#residentMiB.length / 4);
    if (quarter === 0) return [];
    const second = Math.max(...this.#residentMiB.slice(quarter, 2 * quarter));
    const last = Math.max(...this.#residentMiB.slice(-quarter));
    if (last - second <= GROWTH_MIB_MAX) return [];
    return [`memory grew from ${second} MiB in the second quarter to ${last} MiB in the last`];
  }
}

function percentile99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN);
}
