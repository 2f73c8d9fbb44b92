/** The thread that reads for `lyftr migrate`, so that what was read before can be written meanwhile. */
import type { Message, Position } from "../../../message.ts";
import type { ConflictKey, ConflictRecord } from "../../conflict.ts";
import type { ErasedRecord, Range } from "../../move.ts";
import type { BucketCount } from "../../timeline.ts";
import { serveCalls } from "../thread.ts";
import { KeptMessages } from "./kept-messages.ts";

let opened: KeptMessages | undefined;

const handlers = {
  open(path: string): void {
    opened = new KeptMessages(path);
  },
  isClean: (): boolean => kept().isClean(),
  watermark: (): number => kept().watermark(),
  periods: (width: number, range: Range): readonly BucketCount[] => kept().periods(width, range),
  inOrder: (range: Range, after: Position | null, limit: number): readonly Message[] =>
    kept().inOrder(range, after, limit),
  byIds: (ids: readonly string[]): readonly Message[] => kept().byIds(ids),
  conflicts: (after: ConflictKey | null, limit: number): readonly ConflictRecord[] =>
    kept().conflicts(after, limit),
  erasureKey: (): string => kept().erasureKey(),
  erased: (after: string | null, limit: number): readonly ErasedRecord[] => kept().erased(after, limit),
  erasedAmong: (ids: readonly string[]): readonly string[] => kept().erasedAmong(ids),
  forgottenDay: (): number => kept().forgottenDay(),
};
export type MoveHandlers = typeof handlers;

serveCalls(handlers, () => opened?.close());

function kept(): KeptMessages {
  if (opened === undefined) throw new Error("called before open");
  return opened;
}
