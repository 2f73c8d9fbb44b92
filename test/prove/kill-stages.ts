/** What the service does at the moment at which it is killed. */
import { request } from "../support/client.ts";
import type { Random } from "../support/random.ts";
import type { Inbox } from "./inbox.ts";
import type { ProofLoad } from "./load.ts";
import type { Call, KillAction, Rule } from "./shim.ts";

const CONNECTIONS = 8;
/** Acknowledged in a round before it is killed at whatever it does, since the chosen call was never reached. */
const MESSAGES_BEFORE_KILL = 250;
/** Some megabytes with long texts: SQLite folds the journal's write-ahead log into its file every 1,000 pages. */
const MESSAGES_BEFORE_CHECKPOINT = 1_500;
const LONG_PERCENT = 90;
/** What an erasure and the arrivals beside it do to the files, at the most times. */
const CALLS_OF_ERASURE = 150;
/** Of one that a kill cut short, by the next start, to the files themselves. */
const CALLS_OF_MAKING_GOOD = 40;
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

/** One that is asked for once enough is acknowledged, while others arrive. */
async function killedInErasure({ inbox, load, random }: Round): Promise<number> {
  const enough = load.acknowledged.size + random.below(MESSAGES_BEFORE_KILL);
  let isSet = false;
  load.erasures.onAsked = () => {
    if (isSet || load.acknowledged.size < enough) return;
    isSet = true;
    inbox.shim.set(killAt(random, "*", ANY, CALLS_OF_ERASURE));
  };
  await load.run(inbox.url, CONNECTIONS, () => load.acknowledged.size >= enough + MESSAGES_BEFORE_KILL);
  load.erasures.onAsked = () => undefined;
  await inbox.stop("SIGKILL");
  return 0;
}

export const STAGES: Readonly<Record<string, Stage>> = {
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

  erasing: killedInErasure,

  async "making good"(round) {
    const { inbox, load, random } = round;
    await killedInErasure(round);
    inbox.shim.set(killAt(random, "app.db?(.journal)", COMMIT, CALLS_OF_MAKING_GOOD));
    const enough = load.acknowledged.size + MESSAGES_BEFORE_KILL;
    if ((await inbox.start()) === "ready")
      await load.run(inbox.url, CONNECTIONS, () => load.acknowledged.size >= enough);
    await inbox.stop("SIGKILL");
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
/** On nothing; the stage of fresh files, which no other round has. */
export function killedAtFirstStart(round: Round): Promise<number> {
  return killedAtStart(round, killAt(round.random, "*", ANY, 90));
}
