/**
 * The power is cut at chosen moments of a recorded run, of one that began with what such a cut had left, and of one on
 * a disk whose syncs fail at times: whatever the disk kept, the store opens, holds what was acknowledged until then, and nothing whose
 * erasure was.
 *
 *   record() ─▶ trace + when each 200 arrived ─▶ DiskStates, event by event ─▶ files ─▶ readStore()
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../support/random.ts";
import { behindErasure, chooseCuts, type Cut, cutsOf } from "./cuts.ts";
import type { State } from "./disk-states.ts";
import { ProofLoad } from "./load.ts";
import { bytesLeft, filesOf, marksIn, marksInFolder } from "./marks.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { readStore } from "./read-store.ts";
import { record, type Recording, writeState } from "./recording.ts";

/** Acknowledged in each life of the service: enough to fold logs back in a full run, less in a short one. */
const MESSAGES_MAX = 1_000;
const MESSAGES_MIN = 100;
const MESSAGES_BY_STATE = 4;
/** Without syncs most states have lost something. */
const STATES_BY_STATE_WITHOUT_SYNCS = 25;
const STATES_WITHOUT_SYNCS_MIN = 8;
/** Looked through for what was erased, and not opened: so many that some show it. */
const STATES_READ_WITHOUT_SYNCS = 60;

const NOTHING: State = new Map();

class PowerCuts {
  readonly broken: string[] = [];
  acknowledged = 0;
  /** Over all states. */
  lookedFor = 0;
  erasedLookedFor = 0;
  receipts = 0;
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
  async second(recording: Recording, states: number): Promise<void> {
    const { events, load } = recording;
    const place = Math.floor(events.length / 2) + this.#options.random.below(events.length / 2);
    for (const { state, must, nanos } of cutsOf(recording, [place], this.#options.random)) {
      load.rewind(must, nanos);
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
    const { receipts } = this.#load.erasures;
    const plan = { folder: join(folder, name), begun, load: this.#load, ends, messages, random, syncs };
    const recording = await record(plan).catch((error: unknown) => {
      this.broken.push(`${name} run: ${String(error)}`);
    });
    if (recording === undefined) return undefined;
    this.acknowledged += this.#load.acknowledged.size - before;
    this.receipts += this.#load.erasures.receipts - receipts;
    this.broken.push(...this.#load.erasures.broken);
    this.events += recording.events.length;
    for (const cut of cutsOf(recording, chooseCuts(recording, states, random), random)) {
      progress(this.#tried, `${name} run, ${cut.where}`);
      const { messages: lost, bytes } = await lossIn(cut, this.#load, folder);
      if (lost !== null) this.broken.push(`${name} run, ${cut.where}: ${lost}`);
      // What a sync failed for may be left out of a later one, and only rows are written again.
      if (bytes.length > 0 && syncs === "done")
        this.broken.push(`${name} run, ${cut.where}: bytes of what was erased are left: ${bytes.join("; ")}`);
      this.lookedFor += cut.must.length;
      this.erasedLookedFor += cut.gone.length;
      this.#tried += 1;
    }
    return recording;
  }
}

interface Loss {
  /** What the store holds that it should not, or does not; null when all is well. */
  readonly messages: string | null;
  /** Where bytes of what was erased are left, or came back when it was opened. */
  readonly bytes: readonly string[];
}

async function lossIn({ state, must, gone }: Cut, load: ProofLoad, folder: string): Promise<Loss> {
  const files = join(folder, "state");
  const data = join(files, "data");
  const ids = gone.filter((id) => !load.erasures.sentMeanwhile.has(id));
  const left = bytesLeft(marksIn(filesOf(state)), ids);
  writeState(state, files);
  try {
    const messages = await readStore(join(data, "app.db"), { must, gone, sent: load.sent });
    const back = existsSync(data) ? bytesLeft(marksInFolder(data), ids) : [];
    return { messages, bytes: [...left, ...back] };
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

/**
 * How many of so many states have lost messages, and how many of those behind an erasure have bytes of what went, when nothing was ever
 * synced: shows that the proof can fail.
 */
async function lossesWithoutSyncs(
  options: ProofOptions,
  states: number,
): Promise<{ messages: number; bytes: number }> {
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
  const losses = { messages: 0, bytes: 0 };
  // Of the second half, where there is something to lose.
  const { length } = recording.events;
  const late = (): number => length - 1 - random.below(length / 2);
  for (const cut of statesWithoutSyncs(recording, states, late, random)) {
    progress(rounds, `without syncs, ${cut.where}`);
    if ((await lossIn(cut, load, folder)).messages !== null) losses.messages += 1;
  }
  const behind = (): number => behindErasure(recording, random);
  for (const { state, gone } of statesWithoutSyncs(recording, STATES_READ_WITHOUT_SYNCS, behind, random))
    if (bytesLeft(marksIn(filesOf(state)), gone).length > 0) losses.bytes += 1;
  return losses;
}

function statesWithoutSyncs(
  recording: Recording,
  count: number,
  place: () => number,
  random: Random,
): Generator<Cut> {
  const places = Array.from({ length: count }, place).toSorted((a, b) => a - b);
  return cutsOf(recording, places, random, { namesHold: true });
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
  const { broken, acknowledged, events, lookedFor, receipts, erasedLookedFor } = cuts;
  if (losses.messages === 0) broken.push("with the syncs taken out nothing was lost: this proof cannot fail");
  if (losses.bytes === 0)
    broken.push("with the syncs taken out no byte of what was erased was left: this proof cannot fail");
  return {
    rounds,
    acknowledged,
    broken,
    figures: {
      "events recorded": events,
      "acknowledged messages looked for": lookedFor,
      "receipts of erasures": receipts,
      "erased messages looked for": erasedLookedFor,
      "lost without syncs": `${losses.messages} of ${states} states`,
      "not erased without syncs": `${losses.bytes} of ${STATES_READ_WITHOUT_SYNCS} states`,
    },
  };
}

export const powerCutProof: Proof = {
  name: "power-cut",
  promise:
    "whatever a power cut leaves on the disk, it opens, holds what was acknowledged, and nothing that was erased",
  rounds: 500,
  run,
};
