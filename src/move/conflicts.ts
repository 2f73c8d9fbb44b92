import { contentHash } from "../store/content.ts";
import type { ConflictKey, ConflictRecord } from "../store/conflict.ts";
import type { MoveReader } from "../store/move.ts";
import type { Progress } from "./progress.ts";
import type { Sides } from "./sides.ts";

const READ_RECORDS = 1_000;

/**
 * Brings the records of conflicts: each whose message is in the target as it was first in the source. Where it is not there, or
 * is another, the record would tell of a refusal that never was. Returns how many the target has now.
 */
export async function bringConflicts(
  { source, target, store }: Sides,
  { signal }: Progress,
): Promise<number> {
  let brought = 0;
  let after: ConflictKey | null = null;
  for (;;) {
    signal.throwIfAborted();
    const records: readonly ConflictRecord[] = await source.conflicts(after, READ_RECORDS);
    const last = records.at(-1);
    if (last === undefined) return brought;
    const fitting = await fittingOf(target, records);
    if (fitting.length > 0) await store.keepConflicts(fitting);
    brought += fitting.length;
    after = last;
  }
}

async function fittingOf(
  target: MoveReader,
  records: readonly ConflictRecord[],
): Promise<readonly ConflictRecord[]> {
  const ids = new Set(records.map(({ message_id }) => message_id));
  const messages = await target.byIds([...ids]);
  const firsts = new Map(
    messages.map((message) => [message.message_id, contentHash(message).toString("hex")]),
  );
  return records.filter(({ message_id, firstHash }) => firsts.get(message_id) === firstHash);
}
