/**
 * The power is cut at chosen moments of a recorded run, of one that began with what such a cut had left, and of one on
 * a disk whose syncs fail at times: whatever the disk kept, the store opens and holds what was acknowledged until then.
 *
 *   record() ─▶ trace + when each 200 arrived ─▶ DiskStates, event by event ─▶ files ─▶ readStore()
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../support/random.ts";
import { DiskStates, type State, type StateOptions, VOLATILE } from "./disk-states.ts";
import { ProofLoad } from "./load.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { readStore } from "./read-store.ts";
import { record, type Recording, writeState } from "./recording.ts";
import type { TraceEvent } from "./trace.ts";

/** Acknowledged in each life of the service: enough to fold logs back in a full run, less in a short one. */
const MESSAGES_MAX = 1_000;
const MESSAGES_MIN = 100;
const MESSAGES_BY_STATE = 4;
/** Without syncs most states have lost something. */
const STATES_BY_STATE_WITHOUT_SYNCS = 25;
const STATES_WITHOUT_SYNCS_MIN = 8;
/** Chosen cuts lie at most so many events beside a turning point. */
const EVENTS_BESIDE = 2;

const NOTHING: State = new Map();

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

interface Cut {
  readonly state: State;
  /** Ids that were acknowledged before it. */
  readonly must: readonly string[];
  /** Where it is, and how often it left files behind, in words. */
  readonly where: string;
}

/** Each cut with one of the states that it may leave. */
function* cutsOf(
  { begun, events, load }: Recording,
  places: readonly number[],
  random: Random,
  options: StateOptions = {},
): Generator<Cut> {
  const states = new DiskStates(begun);
  let followed = 0;
  for (const place of places) {
    for (; followed <= place; followed += 1) states.follow(events[followed] as TraceEvent);
    // What was answered before the next event began can rest on the events until here only.
    const next = events[place + 1]?.nanos ?? process.hrtime.bigint();
    const must = [...load.acknowledgedNanos].flatMap(([id, nanos]) => (nanos < next ? [id] : []));
    const { kind, name } = events[place] as TraceEvent;
    const where = `cut after event ${place + 1} of ${events.length}, ${kind} ${name || "the folder above"}`;
    yield { state: states.stateAfterCut(random, options), must, where };
  }
}

class PowerCuts {
  readonly broken: string[] = [];
  acknowledged = 0;
  /** Over all states. */
  lookedFor = 0;
  events = 0;
  readonly #options: ProofOptions;
  #load: ProofLoad;
  #tried = 0;

  constructor(options: ProofOptions) {
    this.#options = options;
    this.#load = new ProofLoad(options.random);
  }

  /** Three lives of the service on fresh files: stopped, killed, and begun with a replay. */
  first(states: number): Promise<Recording | undefined> {
    return this.#recordAndTry("first", NOTHING, ["SIGTERM", "SIGKILL", "SIGTERM"], states, "done");
  }

  /** Two more, on what a cut of the run before has left. */
  async second({ begun, events, load }: Recording, states: number): Promise<void> {
    const place = Math.floor(events.length / 2) + this.#options.random.below(events.length / 2);
    for (const { state, must } of cutsOf({ begun, events, load }, [place], this.#options.random)) {
      load.rewind(must);
      await this.#recordAndTry("second", state, ["SIGKILL", "SIGTERM"], states, "done");
    }
  }

  /**
   * On fresh files again, on a disk that fails to sync at times. Not killed: a start trusts what it finds in the
   * write-ahead logs, and after a sync that failed and was not tried again that may be in memory alone.
   */
  async third(states: number): Promise<void> {
    this.#load = new ProofLoad(this.#options.random);
    await this.#recordAndTry("third", NOTHING, ["SIGTERM", "SIGTERM"], states, "failing at times");
  }

  async #recordAndTry(
    name: string,
    begun: State,
    ends: readonly NodeJS.Signals[],
    states: number,
    syncs: "done" | "failing at times",
  ): Promise<Recording | undefined> {
    const { folder, random, rounds, progress } = this.#options;
    progress(this.#tried, `recording the ${name} run`);
    const messages = Math.max(MESSAGES_MIN, Math.min(MESSAGES_MAX, rounds * MESSAGES_BY_STATE));
    const before = this.#load.acknowledged.size;
    const plan = { folder: join(folder, name), begun, load: this.#load, ends, messages, random, syncs };
    const recording = await record(plan).catch((error: unknown) => {
      this.broken.push(`${name} run: ${String(error)}`);
    });
    if (recording === undefined) return undefined;
    this.acknowledged += this.#load.acknowledged.size - before;
    this.events += recording.events.length;
    for (const cut of cutsOf(recording, chooseCuts(recording.events, states, random), random)) {
      progress(this.#tried, `${name} run, ${cut.where}`);
      const loss = await lossIn(cut, this.#load, folder);
      if (loss !== null) this.broken.push(`${name} run, ${cut.where}: ${loss}`);
      this.lookedFor += cut.must.length;
      this.#tried += 1;
    }
    return recording;
  }
}

/** Null when all is there. */
async function lossIn({ state, must }: Cut, load: ProofLoad, folder: string): Promise<string | null> {
  const files = join(folder, "state");
  writeState(state, files);
  try {
    return await readStore(join(files, "data", "app.db"), { must, sent: load.sent });
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

/** How many of so many states have lost something when nothing was ever synced: shows that the proof can fail. */
export async function lossesWithoutSyncs(options: ProofOptions, states: number): Promise<number> {
  const { random, folder, progress, rounds } = options;
  const load = new ProofLoad(random);
  progress(rounds, "recording a run without syncs");
  const recording = await record({
    folder: join(folder, "without-syncs"),
    begun: NOTHING,
    load,
    ends: ["SIGTERM", "SIGTERM"],
    messages: MESSAGES_MIN,
    random,
    syncs: "taken out",
  });
  // Of the second half, where there is something to lose.
  const { length } = recording.events;
  const places = Array.from({ length: states }, () => length - 1 - random.below(length / 2));
  let losses = 0;
  for (const cut of cutsOf(
    recording,
    places.toSorted((a, b) => a - b),
    random,
    { namesHold: true },
  )) {
    progress(rounds, `without syncs, ${cut.where}`);
    if ((await lossIn(cut, load, folder)) !== null) losses += 1;
  }
  return losses;
}

async function run(options: ProofOptions): Promise<ProofResult> {
  const { rounds } = options;
  const cuts = new PowerCuts(options);
  const third = Math.floor(rounds / 3);
  const recording = await cuts.first(rounds - 2 * third);
  if (recording !== undefined) await cuts.second(recording, third);
  await cuts.third(third);
  const states = Math.max(STATES_WITHOUT_SYNCS_MIN, Math.round(rounds / STATES_BY_STATE_WITHOUT_SYNCS));
  const losses = await lossesWithoutSyncs(options, states);
  const { broken, acknowledged, events, lookedFor } = cuts;
  if (losses === 0) broken.push("with the syncs taken out nothing was lost: this proof cannot fail");
  return {
    rounds,
    acknowledged,
    broken,
    figures: {
      "events recorded": events,
      "acknowledged messages looked for": lookedFor,
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
