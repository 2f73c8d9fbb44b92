import { ERASED_MESSAGES_MAX } from "../message.ts";
import type { ErasedRecord } from "../store/move.ts";
import { batchesOf } from "./batches.ts";
import { differingStretches } from "./differing.ts";
import type { Progress } from "./progress.ts";
import type { Sides } from "./sides.ts";

const READ_RECORDS = 10_000;

export interface BroughtErasures {
  /** Ids of erased messages that the target knows now. */
  readonly known: number;
  /** Messages that were copied before they were erased in the source, and are now erased in the target as well. */
  readonly erased: number;
}

/** Brings the ids of erased messages, so that a late arrival of one is a duplicate in the target too. */
export async function bringErased(sides: Sides, { signal }: Progress): Promise<BroughtErasures> {
  const { source, store } = sides;
  const key = await source.erasureKey();
  let known = 0;
  let after: string | null = null;
  for (;;) {
    signal.throwIfAborted();
    const records: readonly ErasedRecord[] = await source.erased(after, READ_RECORDS);
    const last = records.at(-1);
    if (last === undefined) break;
    await store.keepErased(key, records);
    known += records.length;
    after = last.hash;
  }
  return { known, erased: known === 0 ? 0 : await eraseLikewise(sides, signal) };
}

/** As many at once as may be: each erasure ends with work on all that the target holds. */
async function eraseLikewise(sides: Sides, signal: AbortSignal): Promise<number> {
  const waiting: string[] = [];
  let erased = 0;
  const erase = async (): Promise<void> => {
    const message_ids = waiting.splice(0, ERASED_MESSAGES_MAX);
    erased += (await sides.store.erase({ message_ids })).messages;
  };
  for await (const ids of erasedInSource(sides, signal)) {
    waiting.push(...ids);
    while (waiting.length >= ERASED_MESSAGES_MAX) await erase();
  }
  if (waiting.length > 0) await erase();
  return erased;
}

/** Of what the target holds, where it has others than the source. */
async function* erasedInSource(
  { source, target }: Sides,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  for await (const batch of batchesOf(target, differingStretches(target, source))) {
    signal.throwIfAborted();
    const ids = batch.map(({ message_id }) => message_id);
    const there = new Set((await source.byIds(ids)).map(({ message_id }) => message_id));
    yield await source.erasedAmong(ids.filter((id) => !there.has(id)));
  }
}
