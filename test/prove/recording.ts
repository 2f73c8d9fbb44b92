/** A run of the real service under load, with everything it did to its files, and when each 200 arrived. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "./disk-states.ts";
import { Inbox } from "./inbox.ts";
import type { ProofLoad } from "./load.ts";
import { readTrace, type TraceEvent } from "./trace.ts";

const CONNECTIONS = 8;
/** With long texts the write-ahead logs outgrow the 1,000 pages at which SQLite folds them into the files. */
const LONG_PERCENT = 80;

export interface Recording {
  /** What lay on the disk, for certain, when it began. */
  readonly begun: State;
  readonly events: readonly TraceEvent[];
  /** What was acknowledged before it began has the time 0. */
  readonly load: ProofLoad;
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
  readonly withoutSyncs: boolean;
}

export async function record(plan: Plan): Promise<Recording> {
  const { folder, begun, load, ends, messages, withoutSyncs } = plan;
  const trace = `${folder}.trace`;
  writeState(begun, folder);
  const inbox = new Inbox(folder, { trace, withoutSyncs });
  load.longPercent = LONG_PERCENT;
  try {
    for (const signal of ends) {
      await inbox.start();
      const enough = load.acknowledged.size + messages;
      load.onAcknowledged = () => {
        if (load.acknowledged.size === enough) inbox.program.child.kill(signal);
      };
      await load.run(inbox.url, CONNECTIONS);
      await inbox.stop(signal);
    }
    return { begun, events: readTrace(trace), load };
  } finally {
    await inbox.close();
    rmSync(trace, { force: true });
  }
}

export function writeState(state: State, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of state) {
    const path = join(folder, name);
    if (content === "folder") mkdirSync(path);
    else writeFileSync(path, content);
  }
}
