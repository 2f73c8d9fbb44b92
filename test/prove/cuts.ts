/** Where in a recorded run the power is cut, what that may leave, and what had been promised by then. */
import type { Random } from "../support/random.ts";
import { DiskStates, type State, type StateOptions, VOLATILE } from "./disk-states.ts";
import type { Recording } from "./recording.ts";
import type { TraceEvent } from "./trace.ts";

/** Chosen cuts lie at most so many events beside a turning point. */
const EVENTS_BESIDE = 2;

/**
 * So many places in the trace, in order: a third of them right beside what changes what a cut leaves, a third right behind the
 * answer to an erasure, and before anything else was done.
 */
export function chooseCuts(recording: Recording, count: number, random: Random): number[] {
  const { events } = recording;
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
    if (index % 3 === 0) return random.below(events.length);
    if (index % 3 === 1) return behindErasure(recording, random);
    const beside = random.pick(random.pick(sorts)) + random.below(2 * EVENTS_BESIDE + 1) - EVENTS_BESIDE;
    return Math.max(0, Math.min(events.length - 1, beside));
  });
  return cuts.toSorted((a, b) => a - b);
}

/** The place of the last event before an answer to an erasure beside which nothing else was done. */
export function behindErasure({ events, quietNanos }: Recording, random: Random): number {
  const answered = random.pick(quietNanos);
  return events.findLastIndex(({ nanos }) => nanos < answered);
}

/** Syncs, names made and removed, truncations, and the folding back of a write-ahead log. */
function isTurn({ kind, name }: TraceEvent): boolean {
  if (VOLATILE.test(name)) return false;
  return kind !== "written" || /app\.db(?:\.journal)?$/.test(name);
}

export interface Cut {
  readonly state: State;
  /** The clock when what it leaves had been done, and no more. */
  readonly nanos: bigint;
  /** Ids that were acknowledged before it, and nobody had asked to erase. */
  readonly must: readonly string[];
  /** Ids whose erasure was acknowledged before it. */
  readonly gone: readonly string[];
  /** Where it is, and how often it left files behind, in words. */
  readonly where: string;
}

/** Each cut with one of the states that it may leave. */
export function* cutsOf(
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
    const nanos = events[place + 1]?.nanos ?? process.hrtime.bigint();
    const { askedNanos, erasedNanos } = load.erasures;
    const asked = new Set(idsBefore(nanos, askedNanos));
    const must = idsBefore(nanos, load.acknowledgedNanos).filter((id) => !asked.has(id));
    const gone = idsBefore(nanos, erasedNanos);
    const { kind, name } = events[place] as TraceEvent;
    const where = `cut after event ${place + 1} of ${events.length}, ${kind} ${name || "the folder above"}`;
    yield { state: states.stateAfterCut(random, options), nanos, must, gone, where };
  }
}

function idsBefore(nanos: bigint, times: ReadonlyMap<string, bigint>): string[] {
  return [...times].flatMap(([id, at]) => (at < nanos ? [id] : []));
}
