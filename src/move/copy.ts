import type { MoveReader } from "../store/move.ts";
import { batchesOf, readAhead } from "./batches.ts";
import { countMissing, differingStretches } from "./differing.ts";
import { Flight } from "./flight.ts";
import type { Progress } from "./progress.ts";
import type { Sides } from "./sides.ts";
import { takingAnew } from "./taken-anew.ts";
import { type Tally, Target } from "./target.ts";

/** Batches that the target stores at once: while a server syncs one, it takes in the next. */
const APPENDS_FLIGHT_MAX = 2;
/**
 * While a service runs on the source there is always something new. Each pass takes a fraction of the time of the one before, so
 * what a few leave is what arrived in the last moments.
 */
const PASSES_TRIES_MAX = 5;

export interface Copied extends Tally {
  /** How often all counts were gone through. */
  readonly passes: number;
}

/**
 * Brings to the target every message of the minutes in which the two sides' counts differ, and again until a pass brings nothing.
 * Nothing is remembered but in the target itself, so a later run goes on where this one ended, however it ended.
 */
export async function copy(sides: Sides, progress: Progress): Promise<Copied> {
  const { source, target } = sides;
  const appending = new Target(takingAnew(sides));
  const { tally } = appending;
  for (let passes = 1; ; passes += 1) {
    const before = tally.created;
    await runPass(source, target, appending, progress);
    // So that the next pass counts what this one brought.
    await appending.readable();
    if (tally.created === before || passes === PASSES_TRIES_MAX) return { ...tally, passes };
  }
}

async function runPass(
  source: MoveReader,
  target: MoveReader,
  appending: Target,
  progress: Progress,
): Promise<void> {
  const before = appending.tally.created;
  progress.begin("copy", await countMissing(source, target));
  const flight = new Flight(APPENDS_FLIGHT_MAX);
  try {
    for await (const batch of readAhead(batchesOf(source, differingStretches(source, target)))) {
      progress.signal.throwIfAborted();
      await flight.start(async () => {
        await appending.append(batch);
        progress.show(appending.tally.created - before);
      });
    }
  } finally {
    await flight.end();
  }
}
