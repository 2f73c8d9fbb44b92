/**
 * The power is cut at chosen moments of a recorded run: whatever the disk kept of it, the store opens and holds what
 * was acknowledged until then.
 *
 *   record() ─▶ trace + when each 200 arrived ─▶ DiskStates, event by event ─▶ files ─▶ openSqliteStore ─▶ lossIn()
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskStates, type State, type StateOptions, VOLATILE } from "./disk-states.ts";
import { Inbox } from "./inbox.ts";
import { ProofLoad } from "./load.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { readStore } from "./read-store.ts";
import { readTrace, type TraceEvent } from "./trace.ts";
import type { Random } from "../support/random.ts";

const CONNECTIONS = 8;
/** With long texts the write-ahead logs outgrow the 1,000 pages at which SQLite folds them into the files. */
const LONG_PERCENT = 80;
/** Acknowledged in each life of the service: enough for that in a full run, less in a short one. */
const MESSAGES_MAX = 1_000;
const MESSAGES_MIN = 150;
const MESSAGES_BY_STATE = 4;
/** Without syncs nearly every state has lost something. */
const STATES_BY_STATE_WITHOUT_SYNCS = 25;
const STATES_WITHOUT_SYNCS_MIN = 8;
/** Chosen cuts lie at most so many events beside a turning point. */
const EVENTS_BESIDE = 2;

interface Recording {
  readonly events: readonly TraceEvent[];
  readonly load: ProofLoad;
}

/** Three lives of the service on the same files: stopped, killed, and begun with a replay. */
async function record(options: ProofOptions, withoutSyncs: boolean): Promise<Recording> {
  const folder = join(options.folder, withoutSyncs ? "without-syncs" : "recorded");
  const trace = `${folder}.trace`;
  const inbox = new Inbox(folder, { trace, withoutSyncs });
  const load = new ProofLoad(options.random);
  load.longPercent = LONG_PERCENT;
  const messages = Math.max(MESSAGES_MIN, Math.min(MESSAGES_MAX, options.rounds * MESSAGES_BY_STATE));
  try {
    for (const signal of ["SIGTERM", "SIGKILL", "SIGTERM"] as const) {
      await inbox.start();
      const enough = load.acknowledged.size + messages;
      load.onAcknowledged = () => {
        if (load.acknowledged.size === enough) inbox.program.child.kill(signal);
      };
      await load.run(inbox.url, CONNECTIONS);
      await inbox.stop(signal);
    }
    return { events: readTrace(trace), load };
  } finally {
    await inbox.close();
    rmSync(trace, { force: true });
  }
}

/** So many places in the trace, in order; half of them right beside what changes what a cut leaves. */
function chooseCuts(events: readonly TraceEvent[], count: number, random: Random): number[] {
  // By kind and file: a file is made once, and synced a thousand times.
  const turns = new Map<string, number[]>();
  for (const [index, event] of events.entries()) {
    if (!isTurn(event)) continue;
    const sort = `${event.kind} ${event.name}`;
    const known = turns.get(sort);
    if (known === undefined) turns.set(sort, [index]);
    else known.push(index);
  }
  const sorts = [...turns.values()];
  const cuts = Array.from({ length: count }, (_, index) => {
    if (index % 2 === 0) return random.below(events.length);
    const beside = random.pick(random.pick(sorts)) + random.below(2 * EVENTS_BESIDE + 1) - EVENTS_BESIDE;
    return Math.max(0, Math.min(events.length - 1, beside));
  });
  return cuts.toSorted((a, b) => a - b);
}

/** Syncs, names made and removed, truncations, and the folding back of a write-ahead log. */
function isTurn({ kind, name }: TraceEvent): boolean {
  if (VOLATILE.test(name)) return false;
  return kind !== "written" || /app\.db(?:\.journal)?$/.test(name);
}

/** Calls `onLoss` for each state that does not hold what it must; resolves with how many messages all must hold. */
async function tryStates(
  { events, load }: Recording,
  cuts: readonly number[],
  options: ProofOptions & StateOptions,
  onLoss: (cut: number, loss: string) => void,
): Promise<number> {
  const states = new DiskStates();
  let followed = 0;
  let checked = 0;
  for (const [index, cut] of cuts.entries()) {
    options.progress(index, `cutting after event ${cut + 1} of ${events.length}`);
    for (; followed <= cut; followed += 1) states.follow(events[followed] as TraceEvent);
    // What was answered before the next event began can rest on the events until here only.
    const next = events[cut + 1]?.nanos ?? process.hrtime.bigint();
    const must = [...load.acknowledgedNanos].flatMap(([id, nanos]) => (nanos < next ? [id] : []));
    checked += must.length;
    const folder = join(options.folder, "state");
    write(states.stateAfterCut(options.random, options), folder);
    const loss = await readStore(join(folder, "data", "app.db"), { must, sent: load.sent });
    if (loss !== null) onLoss(cut, loss);
    rmSync(folder, { recursive: true, force: true });
  }
  return checked;
}

function write(state: State, folder: string): void {
  mkdirSync(folder);
  for (const [name, content] of state) {
    const path = join(folder, name);
    if (content === "folder") mkdirSync(path, { recursive: true });
    else writeFileSync(path, content);
  }
}

/** How many of so many states have lost something when nothing was ever synced: shows that the proof can fail. */
export async function lossesWithoutSyncs(options: ProofOptions, states: number): Promise<number> {
  const recording = await record({ ...options, rounds: 0 }, true);
  // Of the second half, where there is something to lose.
  const { length } = recording.events;
  const cuts = Array.from({ length: states }, () => length - 1 - options.random.below(length / 2));
  cuts.sort((a, b) => a - b);
  let losses = 0;
  await tryStates(recording, cuts, { ...options, namesHold: true }, () => (losses += 1));
  return losses;
}

async function run(options: ProofOptions): Promise<ProofResult> {
  const broken: string[] = [];
  options.progress(0, "recording");
  const recording = await record(options, false);
  const { events, load } = recording;
  const cuts = chooseCuts(events, options.rounds, options.random);
  const checked = await tryStates(recording, cuts, options, (cut, loss) => {
    const { kind, name } = events[cut] as TraceEvent;
    broken.push(`cut after event ${cut + 1} of ${events.length} (${kind} ${name}): ${loss}`);
  });
  const states = Math.max(
    STATES_WITHOUT_SYNCS_MIN,
    Math.round(options.rounds / STATES_BY_STATE_WITHOUT_SYNCS),
  );
  const losses = await lossesWithoutSyncs(options, states);
  if (losses === 0) broken.push("with the syncs taken out nothing was lost: this proof cannot fail");
  return {
    rounds: options.rounds,
    acknowledged: load.acknowledged.size,
    broken,
    figures: {
      "events recorded": events.length,
      syncs: events.filter(({ kind }) => kind === "syncDone").length,
      "acknowledged messages looked for": checked,
      "lost without syncs": `${losses} of ${states} states`,
    },
  };
}

export const powerCutProof: Proof = {
  name: "power-cut",
  promise: "whatever a power cut leaves on the disk, it opens and holds what was acknowledged",
  rounds: 500,
  run,
};
