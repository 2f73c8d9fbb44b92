/** A run of the real service under load, with everything it did to its files, and when each 200 arrived. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../support/random.ts";
import type { State } from "./disk-states.ts";
import { Inbox } from "./inbox.ts";
import type { ProofLoad } from "./load.ts";
import type { Rule } from "./shim.ts";
import { readTrace, type TraceEvent } from "./trace.ts";

const CONNECTIONS = 8;
/** With long texts the write-ahead logs outgrow the 1,000 pages at which SQLite folds them into the files. */
const LONG_PERCENT = 80;
/** In a hundred posts. */
const ERASE_PERCENT = 2;
/** A first start makes some 90 calls until it is ready. */
const CALLS_OF_START = 90;
/** Where syncs fail, one does every so many acknowledgements. */
const MESSAGES_BY_FAILED_SYNC = 15;

export interface Recording {
  /** What lay on the disk, for certain, when it began. */
  readonly begun: State;
  readonly events: readonly TraceEvent[];
  /** What was acknowledged before it began has the time 0. */
  readonly load: ProofLoad;
  /** When erasures had been answered beside which nothing else was done, by the clock of process.hrtime. */
  readonly quietNanos: readonly bigint[];
}

interface Plan {
  /** Of its own; need not exist. */
  readonly folder: string;
  readonly begun: State;
  readonly load: ProofLoad;
  /** How each life of the service on the files ends. */
  readonly ends: readonly NodeJS.Signals[];
  /** Acknowledged in each life before it ends. */
  readonly messages: number;
  readonly random: Random;
  readonly syncs: "done" | "taken out" | "failing at times";
}

/** The first start is killed on its way; then come the lives under load. */
export async function record(plan: Plan): Promise<Recording> {
  const { folder, begun, load, ends, messages, random, syncs } = plan;
  const trace = `${folder}.trace`;
  writeState(begun, folder);
  const inbox = new Inbox(folder, { trace, withoutSyncs: syncs === "taken out" });
  const quietNanos: bigint[] = [];
  load.longPercent = LONG_PERCENT;
  load.erasePercent = ERASE_PERCENT;
  try {
    inbox.shim.set({
      action: "killBefore",
      calls: ["open", "write", "truncate", "sync", "unlink"],
      pattern: "*",
      callsLeft: random.below(CALLS_OF_START),
    });
    await inbox.start();
    await inbox.stop("SIGKILL");
    for (const signal of ends) {
      inbox.shim.clear();
      await inbox.start();
      const enough = load.acknowledged.size + messages;
      // What an erasure leaves to be synced, arrivals sync along: here none come.
      await load.run(inbox.url, CONNECTIONS, () => load.acknowledged.size >= enough - messages / 2);
      await load.erase(inbox.url, { message_id: load.latest() });
      quietNanos.push(process.hrtime.bigint());
      let stopped: Promise<unknown> | undefined;
      load.onAcknowledged = () => {
        const { size } = load.acknowledged;
        // Once: a second SIGTERM would end it at once.
        if (size >= enough) stopped ??= inbox.stop(signal);
        const fails = syncs === "failing at times" && size % MESSAGES_BY_FAILED_SYNC === 0;
        if (fails) inbox.shim.set(failedSync(random));
      };
      await load.run(inbox.url, CONNECTIONS);
      await stopped;
    }
    return { begun, events: readTrace(trace), load, quietNanos };
  } finally {
    await inbox.close();
    rmSync(trace, { force: true });
  }
}

/** One of the next few of some file. */
function failedSync(random: Random): Rule {
  const pattern = random.pick(["app.db", "app.db-wal", "app.db.journal", "app.db.journal-wal"] as const);
  return { action: "fail", calls: ["sync"], pattern, error: "EIO", callsLeft: random.below(3), times: 1 };
}

export function writeState(state: State, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of state) {
    const path = join(folder, name);
    if (content === "folder") mkdirSync(path);
    else writeFileSync(path, content);
  }
}
