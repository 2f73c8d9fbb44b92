/**
 * Connections to the database broken in mid-commit, in every way a network has: nothing acknowledged is missing or doubled, and nothing
 * whose erasure was acknowledged is there.
 */
import { join } from "node:path";
import { askDatabase } from "../../support/ask-database.ts";
import { letServersIn, startPostgresServer } from "../../support/postgres-server.ts";
import { startProgram } from "../../support/program.ts";
import type { Random } from "../../support/random.ts";
import { until } from "../../support/until.ts";
import { ErasureFigures } from "../erasure-figures.ts";
import { ProofLoad } from "../load.ts";
import type { Proof, ProofOptions, ProofResult } from "../proof.ts";
import { assertWhole } from "../recount.ts";
import { withLifetime } from "../service.ts";
import { type Fault, type FaultKind, FAULTS, Proxy } from "./proxy.ts";
import { differencesOf } from "../../support/differences.ts";
import { runLoad } from "./run-load.ts";

/** Then on an empty database: a round lists all there is. */
const ROUNDS_ON_SAME_DATABASE = 10;
/** Acknowledged once the fault has struck. */
const MESSAGES_AFTER_FAULT = 30;
/** Of a hundred faults; the others strike what counts behind the appends. */
const APPENDS_PERCENT = 55;
const ERASURES_PERCENT = 30;
/** Statements that pass before a fault, at most: those that prepare a connection among them. */
const STATEMENTS_BEFORE = 12;
/** Of an erasure, which has a connection of its own: as many as that of a few messages asks. */
const STATEMENTS_BEFORE_IN_ERASURE = 14;
/** Less than a sender's patience. */
const DELAY_MS_MAX = 500;

class Cutter {
  readonly broken: string[] = [];
  readonly struck = new Map<FaultKind, number>();
  acknowledged = 0;
  refused = 0;
  readonly erased = new ErasureFigures();
  readonly #options: ProofOptions;

  constructor(options: ProofOptions) {
    this.#options = options;
  }

  /** So many rounds on one server, and on an empty database every few. */
  async run(): Promise<void> {
    const { folder, rounds } = this.#options;
    letServersIn(folder);
    await withLifetime(async (lifetime) => {
      const server = await startPostgresServer(join(folder, "server"));
      lifetime.after(() => server.stop("end"));
      for (let first = 0; first < rounds; first += ROUNDS_ON_SAME_DATABASE) {
        const database = `cut_${first}`;
        await askDatabase(server.urlOf("postgres"), `CREATE DATABASE ${database}`);
        const end = Math.min(first + ROUNDS_ON_SAME_DATABASE, rounds);
        await this.#rounds(first, end, server.urlOf(database), server.port);
      }
      if (/deadlock/i.test(server.log())) this.broken.push("the server met a deadlock");
    });
  }

  async #rounds(first: number, end: number, url: string, port: number): Promise<void> {
    const { random, folder } = this.#options;
    const load = new ProofLoad(random);
    await withLifetime(async (lifetime) => {
      const proxy = await Proxy.start(port);
      lifetime.after(() => proxy.close());
      const proxied = url.replace(`:${port}/`, `:${proxy.port}/`);
      const program = await startProgram(lifetime, { cwd: folder, env: { DATABASE_URL: proxied } });
      for (let number = first; number < end; number += 1) await this.#round(number, proxy, program.url, load);
      await program.stop("SIGTERM");
    });
    this.acknowledged += load.acknowledged.size;
    this.erased.add(load.erasures);
    this.refused += load.answers.get(503) ?? 0;
    const odd = [...load.answers.keys()].filter((status) => status !== 200 && status !== 503);
    if (odd.length > 0) this.broken.push(`messages were answered with ${odd.join(", ")}`);
    this.broken.push(...(await differencesOf(url)));
  }

  async #round(number: number, proxy: Proxy, url: string, load: ProofLoad): Promise<void> {
    const { random, progress, rounds } = this.#options;
    // Each kind as often as the others, also in few rounds.
    const kind = FAULTS[number % FAULTS.length] as FaultKind;
    progress(number, kind);
    try {
      const { hits } = proxy;
      const running = runLoad(load, [url]);
      proxy.set(faultOf(random, kind));
      await until(`a statement to be ${kind}`, () => proxy.hits > hits);
      await running.acknowledged(MESSAGES_AFTER_FAULT);
      await running.stop();
      this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
      await assertWhole(url, load, random);
    } catch (error) {
      throw new Error(`round ${number + 1} of ${rounds}, ${kind}: ${String(error)}`, { cause: error });
    }
  }
}

function faultOf(random: Random, kind: FaultKind): Fault {
  const use = useOf(random, kind);
  return {
    kind,
    use,
    statementsLeft: random.below(use === "lyftr erase" ? STATEMENTS_BEFORE_IN_ERASURE : STATEMENTS_BEFORE),
    delayMs: random.below(DELAY_MS_MAX),
  };
}

function useOf(random: Random, kind: FaultKind): string {
  const dice = random.below(100);
  // What else there is would stay silent for longer than a round.
  if (kind === "silent" || dice < APPENDS_PERCENT) return "lyftr append";
  return dice < APPENDS_PERCENT + ERASURES_PERCENT ? "lyftr erase" : "lyftr upkeep";
}

async function run(options: ProofOptions): Promise<ProofResult> {
  const cutter = new Cutter(options);
  await cutter.run();
  const { acknowledged, broken, refused, struck, erased } = cutter;
  return {
    rounds: options.rounds,
    acknowledged,
    broken,
    figures: { ...Object.fromEntries(struck), "answers of 503": refused, ...erased.figures() },
  };
}

export const cutProof: Proof = {
  name: "cut",
  promise: "connections to the database that break in mid-commit lose, double and bring back nothing",
  rounds: 100,
  run,
};
