/** Killed at chosen moments under load, round after round on the same files: nothing acknowledged is lost. */
import { join } from "node:path";
import { assertSound, Inbox } from "./inbox.ts";
import { ProofLoad } from "./load.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { assertWhole } from "./recount.ts";
import type { Call, KillAction, Rule } from "./shim.ts";
import { request } from "../support/client.ts";
import type { Random } from "../support/random.ts";

/** Then on fresh files: a round lists all there is. */
const ROUNDS_ON_SAME_FILES = 10;
const CONNECTIONS = 8;
/** Acknowledged in a round before it is killed at whatever it does, since the chosen call was never reached. */
const MESSAGES_BEFORE_KILL = 250;
/** Some megabytes with long texts: SQLite folds the journal's write-ahead log into its file every 1,000 pages. */
const MESSAGES_BEFORE_CHECKPOINT = 1_500;
const LONG_PERCENT = 90;
/** A read has the indexer run at once; without one it gathers for half a second. */
const MESSAGES_BY_READ = 20;

const KILLS: readonly KillAction[] = ["killBefore", "killMiddle", "killAfter"];
const ANY: readonly Call[] = ["open", "write", "truncate", "sync", "unlink"];
const COMMIT: readonly Call[] = ["write", "sync"];

interface Round {
  readonly inbox: Inbox;
  readonly load: ProofLoad;
  readonly random: Random;
}

/** Ends with the service dead; resolves with the place of the rule that should have killed it. */
type Stage = (round: Round) => Promise<number>;

/** One of the first `count` matching calls from now on, or from when the rule before it hit. */
function killAt(
  random: Random,
  pattern: string,
  calls: readonly Call[],
  count: number,
  after?: number,
): Rule {
  const rule = { action: random.pick(KILLS), calls, pattern, callsLeft: random.below(count) };
  return after === undefined ? rule : { ...rule, after };
}

async function killedAtStart({ inbox }: Round, rule: Rule): Promise<number> {
  inbox.shim.set(rule);
  await inbox.start();
  await inbox.stop("SIGKILL");
  return 0;
}

/** Under load until the rules kill it, or so many more messages are acknowledged. */
async function killedUnderLoad(
  { inbox, load }: Round,
  rules: readonly Rule[],
  messages: number,
): Promise<void> {
  const enough = load.acknowledged.size + messages;
  inbox.shim.set(...rules);
  load.onAcknowledged = () => {
    if (load.acknowledged.size % MESSAGES_BY_READ === 0)
      void request(`${inbox.url}/stats`).catch(() => undefined);
  };
  await load.run(inbox.url, CONNECTIONS, () => load.acknowledged.size >= enough);
  load.onAcknowledged = () => undefined;
  await inbox.stop("SIGKILL");
}

const STAGES: Readonly<Record<string, Stage>> = {
  async start(round) {
    await round.inbox.stop(round.random.pick(["SIGKILL", "SIGTERM"] as const));
    return killedAtStart(round, killAt(round.random, "*", ANY, 50));
  },

  async replay(round) {
    // What cannot be indexed stays in the journal.
    const notIndexing: Rule = { action: "fail", calls: ["write"], pattern: "app.db-wal", error: "ENOSPC" };
    await killedUnderLoad(round, [notIndexing], 1 + round.random.below(MESSAGES_BEFORE_KILL));
    return killedAtStart(round, killAt(round.random, "app.db-wal", COMMIT, 60));
  },

  async journaling(round) {
    const rule = killAt(round.random, "app.db.journal-wal", COMMIT, 200);
    await killedUnderLoad(round, [rule], MESSAGES_BEFORE_KILL);
    return 0;
  },

  async indexing(round) {
    const rule = killAt(round.random, "app.db-wal", COMMIT, 200);
    await killedUnderLoad(round, [rule], MESSAGES_BEFORE_KILL);
    return 0;
  },

  async trimming(round) {
    // The journal's next commits after the main file's.
    const indexed: Rule = { action: "count", calls: ["sync"], pattern: "app.db-wal" };
    const rule = killAt(round.random, "app.db.journal-wal", COMMIT, 15, 0);
    await killedUnderLoad(round, [indexed, rule], MESSAGES_BEFORE_KILL);
    return 1;
  },

  async checkpoint(round) {
    const rule = killAt(round.random, "app.db?(.journal)", ["write", "sync", "truncate"], 80);
    const { longPercent } = round.load;
    round.load.longPercent = LONG_PERCENT;
    await killedUnderLoad(round, [rule], MESSAGES_BEFORE_CHECKPOINT);
    round.load.longPercent = longPercent;
    return 0;
  },

  async stop({ inbox, load, random }) {
    const enough = load.acknowledged.size + random.below(MESSAGES_BEFORE_KILL);
    let stopped: Promise<unknown> | undefined;
    load.onAcknowledged = () => {
      if (load.acknowledged.size < enough || stopped !== undefined) return;
      inbox.shim.set(killAt(random, "*", ANY, 80));
      // Once: a second SIGTERM would end it at once.
      stopped = inbox.stop("SIGTERM");
    };
    await load.run(inbox.url, CONNECTIONS);
    load.onAcknowledged = () => undefined;
    await stopped;
    return 0;
  },
};
const FIRST_STAGE = "start on nothing";

class Killer {
  readonly broken: string[] = [];
  acknowledged = 0;
  readonly #options: ProofOptions;
  readonly #tries = new Map<string, number>();
  readonly #hits = new Map<string, number>();
  #inbox: Inbox | undefined;
  #roundsOnFiles = 0;
  #load: ProofLoad;

  constructor(options: ProofOptions) {
    this.#options = options;
    this.#load = new ProofLoad(options.random);
  }

  async round(number: number): Promise<void> {
    const { random, folder, progress, rounds } = this.#options;
    const isFirst = this.#inbox === undefined || this.#roundsOnFiles >= ROUNDS_ON_SAME_FILES;
    if (isFirst) {
      await this.finish();
      this.#inbox = new Inbox(join(folder, `files-${number}`));
      this.#load = new ProofLoad(random);
      this.#roundsOnFiles = 0;
    }
    this.#roundsOnFiles += 1;
    const inbox = this.#inbox as Inbox;
    const stage = isFirst ? FIRST_STAGE : random.pick(Object.keys(STAGES));
    progress(number, `killing it: ${stage}`);
    const round = { inbox, load: this.#load, random };
    try {
      const run = STAGES[stage] ?? (() => killedAtStart(round, killAt(random, "*", ANY, 90)));
      const hit = inbox.shim.hits(await run(round)) > 0;
      this.#count(stage, hit);
      inbox.shim.clear();
      if ((await inbox.start()) !== "ready") throw new Error("it died by itself");
      await assertWhole(inbox.url, this.#load, random);
    } catch (error) {
      this.broken.push(`round ${number + 1} of ${rounds}, ${stage}: ${String(error)}`);
      // What follows would fail alike on these files.
      this.#roundsOnFiles = ROUNDS_ON_SAME_FILES;
    }
  }

  /** Looks at the files that were used until now, and leaves them. */
  async finish(): Promise<void> {
    if (this.#inbox === undefined) return;
    await this.#inbox.close();
    this.acknowledged += this.#load.acknowledged.size;
    const odd = [...this.#load.answers.keys()].filter((status) => status !== 200 && status !== 503);
    if (odd.length > 0) this.broken.push(`messages were answered with ${odd.join(", ")}`);
    try {
      assertSound(this.#inbox.databasePath);
    } catch (error) {
      this.broken.push(`the files of ${this.#inbox.folder}: ${String(error)}`);
    }
  }

  figures(): Record<string, string> {
    const names = [FIRST_STAGE, ...Object.keys(STAGES)];
    return Object.fromEntries(
      names.map((name) => [name, `${this.#hits.get(name) ?? 0} of ${this.#tries.get(name) ?? 0} hit`]),
    );
  }

  #count(stage: string, hit: boolean): void {
    this.#tries.set(stage, (this.#tries.get(stage) ?? 0) + 1);
    if (hit) this.#hits.set(stage, (this.#hits.get(stage) ?? 0) + 1);
  }
}

async function run(options: ProofOptions): Promise<ProofResult> {
  const killer = new Killer(options);
  for (let number = 0; number < options.rounds; number += 1) await killer.round(number);
  await killer.finish();
  return {
    rounds: options.rounds,
    acknowledged: killer.acknowledged,
    broken: killer.broken,
    figures: killer.figures(),
  };
}

export const killProof: Proof = {
  name: "kill",
  promise: "kill -9 at any moment loses, doubles and invents nothing",
  rounds: 200,
  run,
};
