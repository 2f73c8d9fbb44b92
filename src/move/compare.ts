import type { Message } from "../message.ts";
import { Findings } from "../store/check.ts";
import { differingMembers } from "../store/content.ts";
import { ALL_TIME, type MoveReader } from "../store/move.ts";
import { batchesOf, readAhead } from "./batches.ts";
import { Checksum } from "./checksum.ts";
import { countAll } from "./differing.ts";
import type { Progress } from "./progress.ts";
import type { ReadSides, Sides } from "./sides.ts";
import { takingAnew } from "./taken-anew.ts";
import { Target } from "./target.ts";

export interface Compared {
  /** All messages of the source that were there when it was read. */
  readonly source: Checksum;
  /** What the target holds under their ids. */
  readonly target: Checksum;
  /** Messages that the target lacked in spite of equal counts, and has now. */
  readonly brought: number;
  readonly differences: Findings;
  /** All that the target holds, also what came from elsewhere. */
  readonly targetMessages: number;
  /** Whether the source may hold more than was read: a service ran on it, or it holds another number by now. */
  readonly isLive: boolean;
}

/**
 * Reads every message of the source, looks its id up in the target, and adds up what each side holds. Where the target may be
 * written, what it lacks is brought and then looked up like the others.
 */
export async function compare(sides: ReadSides | Sides, progress: Progress): Promise<Compared> {
  const { source, target } = sides;
  const bringing = "store" in sides ? new Target(takingAnew(sides)) : null;
  const sums = { source: new Checksum(), target: new Checksum() };
  const differences = new Findings();
  // Before the first message is read: a service may stop meanwhile, and have taken one that lies behind.
  const wasServed = await source.isServed();
  progress.begin("compare", await countAll(source));
  for await (const batch of readAhead(batchesOf(source, [ALL_TIME]))) {
    progress.signal.throwIfAborted();
    const found = await find(target, batch, bringing);
    for (const message of batch) {
      sums.source.add(message);
      const there = found.get(message.message_id);
      if (there !== undefined) sums.target.add(there);
      const what = differenceOf(message, there);
      if (what !== null) differences.add({ what });
    }
    progress.show(sums.source.messages);
  }
  const targetMessages = await countAll(target);
  const isLive = wasServed || (await source.isServed()) || (await countAll(source)) !== sums.source.messages;
  return { ...sums, differences, brought: bringing?.tally.created ?? 0, targetMessages, isLive };
}

/** Whether both sides hold the same, as far as the source goes. */
export function agrees({ source, target, differences }: Compared): boolean {
  return source.messages === target.messages && String(source) === String(target) && differences.total === 0;
}

async function find(
  target: MoveReader,
  batch: readonly Message[],
  bringing: Target | null,
): Promise<ReadonlyMap<string, Message>> {
  const found = await lookUp(target, batch);
  const missing = batch.filter(({ message_id }) => !found.has(message_id));
  if (missing.length === 0 || bringing === null) return found;
  await bringing.append(missing);
  await bringing.readable();
  return new Map([...found, ...(await lookUp(target, missing))]);
}

async function lookUp(target: MoveReader, batch: readonly Message[]): Promise<Map<string, Message>> {
  const found = await target.byIds(batch.map(({ message_id }) => message_id));
  return new Map(found.map((message) => [message.message_id, message]));
}

/** Names the message and never its text. */
function differenceOf(message: Message, there: Message | undefined): string | null {
  if (there === undefined) return `message ${message.message_id} is missing in the target`;
  const members = differingMembers(message, there);
  return members.length === 0
    ? null
    : `message ${message.message_id} has another ${members.join(", ")} in the target`;
}
