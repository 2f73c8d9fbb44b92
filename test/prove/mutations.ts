/**
 * `mutations`: requests that are wrong in every way, among some that are not, at a real process. Whatever they are, it answers by the
 * contract; in the end it is as it was, and its books agree. A round is a thousand requests.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Stats } from "../../src/message.ts";
import { eventually } from "../support/eventually.ts";
import { type Lifetime, type RunningProgram, runProgram } from "../support/program.ts";
import { letServersIn, startPostgresServer } from "../support/postgres-server.ts";
import { Connection } from "./connection.ts";
import { FIRST } from "./mutant-messages.ts";
import { ERASABLE_SENDERS } from "./mutant-erasures.ts";
import { ERASER, head, TOKEN } from "./mutant-request.ts";
import { firstRequest, Mutants } from "./mutants.ts";
import { MutationLane, Tally } from "./mutation-lane.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { describeEnd, memoryOf, startMeasured, withLifetime } from "./service.ts";

const REQUESTS_A_ROUND = 1_000;
const LANES = 32;
/** The least of the last quarter above the least of the second: V8 widens its heap in steps of tens of MiB. */
const GROWTH_MIB_MAX = 96;
/** Below, what grows is what a process needs that has just started. */
const ROUNDS_JUDGED_MIN = 100;
/** Connections to a database are opened when they are first needed, at most 7; and a file of the store now and then. */
const FILES_MORE_MAX = 12;

export const mutationsProof: Proof = {
  name: "mutations",
  promise:
    "1,000,000 requests wrong in every way: no 5xx, no crash, no hang, no forgery, memory flat, books exact",
  rounds: 1_000,
  run: (options) => proveOn(options, () => Promise.resolve("sqlite:///data/app.db")),
};

export const postgresMutationsProof: Proof = {
  name: "mutations-pg",
  promise: "the same on PostgreSQL: 100,000 requests",
  rounds: 100,
  run: (options) =>
    proveOn(options, async (lifetime) => {
      letServersIn(options.folder);
      const server = await startPostgresServer(join(options.folder, "server"));
      lifetime.after(() => server.stop("end"));
      return server.urlOf("postgres");
    }),
};

function proveOn(
  options: ProofOptions,
  database: (lifetime: Lifetime) => Promise<string>,
): Promise<ProofResult> {
  return withLifetime(async (lifetime) => {
    const env = {
      API_TOKENS: `proof:read:${TOKEN},eraser:admin:${ERASER}`,
      DATABASE_URL: await database(lifetime),
    };
    const program = await startMeasured(lifetime, options.folder, env);
    return new Mutations(options, program, env).run();
  });
}

class Mutations {
  readonly #options: ProofOptions;
  readonly #program: RunningProgram;
  readonly #env: Readonly<Record<string, string>>;
  readonly #tally: Tally;
  readonly #residentMiB: number[] = [];

  constructor(options: ProofOptions, program: RunningProgram, env: Readonly<Record<string, string>>) {
    this.#options = options;
    this.#program = program;
    this.#env = env;
    this.#tally = new Tally(options.rounds * REQUESTS_A_ROUND, (sent) => this.#sample(sent));
  }

  async run(): Promise<ProofResult> {
    const { rounds, random } = this.#options;
    const { url } = this.#program;
    let seconds = Number.NaN;
    try {
      const mutants = new Mutants(random);
      const own = await Connection.open(url);
      await own.send(firstRequest());
      this.#tally.ids.add(FIRST.message_id);
      const filesBefore = this.#files();
      const lanes = Array.from({ length: LANES }, () => new MutationLane(url, mutants, this.#tally));
      const started = performance.now();
      await Promise.all(lanes.map((lane) => lane.send()));
      seconds = (performance.now() - started) / 1000;
      for (const lane of lanes) lane.close();
      own.close();
      this.#options.progress(rounds, "comparing the books");
      if (this.#tally.broken.length === 0) await this.#settle(filesBefore);
    } catch (error) {
      this.#tally.tell(`after ${this.#tally.sent} requests: ${String(error)}`);
    }
    return this.#result(seconds);
  }

  #sample(sent: number): void {
    if (sent % REQUESTS_A_ROUND !== 0) return;
    this.#options.progress(sent / REQUESTS_A_ROUND, `${this.#tally.ids.size} messages`);
    const memory = memoryOf(this.#program);
    if (memory !== null) this.#residentMiB.push(memory.residentMiB);
  }

  /** As before, and with the books in order. */
  async #settle(filesBefore: number): Promise<void> {
    const { ids, erasable } = this.#tally;
    const own = await Connection.open(this.#program.url);
    const ask = (path: string) => own.send(head(`GET ${path}`, [], TOKEN));
    const figureOf = (text: string, name: string): number =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length),
      );
    const expect = (what: string, found: unknown, expected: unknown): void => {
      if (found !== expected) this.#tally.tell(`${what}: ${String(found)}, expected ${String(expected)}`);
    };
    const metrics = await eventually("the connections and requests to be gone", async () => {
      const { text } = await ask("/metrics");
      // The two of this proof, and the request that asks.
      const isQuiet =
        figureOf(text, "http_connections") <= 2 && figureOf(text, "http_requests_in_flight") === 1;
      return isQuiet ? text : undefined;
    });
    expect("messages in the queue", figureOf(metrics, "ingest_queue_messages"), 0);
    expect("bytes in the queue", figureOf(metrics, "ingest_queue_bytes"), 0);
    const created = figureOf(metrics, 'webhook_requests_total{result="created"}');
    expect("created", created, ids.size + erasable.size);
    for (const sender of ERASABLE_SENDERS) {
      const erasing = head(`DELETE /messages?from=${encodeURIComponent(sender)}`, [], ERASER);
      expect(`erasing ${sender}`, (await own.send(erasing)).status, 200);
    }
    const erased = figureOf((await ask("/metrics")).text, 'messages_erased_total{by="request"}');
    expect("erased", erased, erasable.size);
    const stats = JSON.parse((await ask("/stats")).text) as Stats;
    expect("messages kept", stats.total_messages, ids.size);
    for (const id of [...ids].slice(-REQUESTS_A_ROUND))
      expect(`GET ${id}`, (await ask(`/messages/${encodeURIComponent(id)}`)).status, 200);
    for (const id of [...erasable].slice(-REQUESTS_A_ROUND))
      expect(`GET ${id}`, (await ask(`/messages/${encodeURIComponent(id)}`)).status, 404);
    own.close();
    const filesMore = this.#files() - filesBefore + 1;
    if (filesMore > FILES_MORE_MAX) this.#tally.tell(`${filesMore} more files are open than before`);
    const checked = await runProgram(["check"], { cwd: this.#options.folder, env: this.#env });
    if (checked.code !== 0)
      this.#tally.tell(`lyftr check (${checked.code}): ${checked.stdout.slice(-800)}${checked.stderr}`);
  }

  #result(seconds: number): ProofResult {
    const { sent, ids, erasable, statuses, unanswered, broken } = this.#tally;
    const answers = [...statuses].toSorted(([a], [b]) => a - b);
    const memory = memoryOf(this.#program);
    return {
      rounds: Math.floor(sent / REQUESTS_A_ROUND),
      acknowledged: ids.size,
      broken: [...describeEnd(this.#program), ...broken, ...this.#growth()],
      figures: {
        requests: sent,
        erased: erasable.size,
        "req/s": Math.round(sent / seconds),
        answers: answers.map(([status, count]) => `${status} ${count}`).join(", "),
        "closed without an answer": unanswered,
        "MiB after the second quarter": this.#least(2) ?? "-",
        "MiB after the last": this.#least(4) ?? "-",
        "peak MiB": memory?.peakMiB ?? "-",
      },
    };
  }

  /** The least of a quarter, 1 to 4: what was not garbage then. */
  #least(quarter: number): number | undefined {
    const length = Math.floor(this.#residentMiB.length / 4);
    const part = this.#residentMiB.slice((quarter - 1) * length, quarter * length);
    return part.length === 0 ? undefined : Math.min(...part);
  }

  #growth(): string[] {
    if (this.#residentMiB.length < ROUNDS_JUDGED_MIN) return [];
    const [second, last] = [this.#least(2), this.#least(4)];
    if (second === undefined || last === undefined || last - second <= GROWTH_MIB_MAX) return [];
    return [`memory grew from ${second} MiB in the second quarter to ${last} MiB in the last`];
  }

  /** Open files and connections of the process; 0 where there is no /proc. */
  #files(): number {
    return process.platform === "linux" ? readdirSync(`/proc/${this.#program.child.pid}/fd`).length : 0;
  }
}
