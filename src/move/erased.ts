import type { ErasedRecord, MoveReader } from "../store/move.ts";
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

/** Where the target has others than the source. */
async function eraseLikewise({ source, target, store }: Sides, signal: AbortSignal): Promise<number> {
  let erased = 0;
  for await (const batch of batchesOf(target, differingStretches(target, source))) {
    signal.throwIfAborted();
    for (const message_id of await idsErasedIn(source, batch)) {
      erased += (await store.erase({ message_id })).messages;
    }
  }
  return erased;
}

async function idsErasedIn(
  source: MoveReader,
  batch: readonly { readonly message_id: string }[],
): Promise<readonly string[]> {
  const ids = batch.map(({ message_id }) => message_id);
  const there = new Set((await source.byIds(ids)).map(({ message_id }) => message_id));
  return source.erasedAmong(ids.filter((id) => !there.has(id)));
}
