/**
 * The part of the list that is held: neighbours, newest first, and how many are above and below them.
 *
 * above   messages before the stretch: 0 when the beginning is in it, else 1 at least, as far as the totals tell
 * below   likewise after it
 */
import { compareInstants, parseInstant } from "../../../../src/instant.ts";
import type { Instant, Message } from "../../../../src/message.ts";
import { encodeCursor } from "../../../../src/position-cursor.ts";
import type { PageAnswer } from "./paging.ts";

/** Beyond the rows in sight: loaded before they are needed. */
export const AHEAD_MESSAGES = 60;
/** Who goes further than this at once is not led through all that is between. */
const JUMP_MESSAGES = 300;
/** Beyond the rows in sight: kept after they were. */
const KEPT_AROUND_MESSAGES = 400;

export class Stretch {
  #rows: readonly Message[] = [];
  #above = 0;
  #below = 0;

  get rows(): readonly Message[] {
    return this.#rows;
  }

  get above(): number {
    return this.#above;
  }

  get below(): number {
    return this.#below;
  }

  /** The place behind its last row. */
  get end(): number {
    return this.#above + this.#rows.length;
  }

  get total(): number {
    return this.end + this.#below;
  }

  at(index: number): Message | undefined {
    return this.#rows[index - this.#above];
  }

  /** -1 for what is not held. */
  indexOf(messageId: string): number {
    const row = this.#rows.findIndex(({ message_id }) => message_id === messageId);
    return row === -1 ? -1 : row + this.#above;
  }

  /** Where something is to be loaded for these places and those around them; `all` is far from what is held. */
  lackAround(first: number, last: number): "all" | "above" | "below" | undefined {
    if (this.total === 0) return undefined;
    const isFar = last < this.#above - JUMP_MESSAGES || first > this.end + JUMP_MESSAGES;
    if (isFar || this.#rows.length === 0) return "all";
    if (this.#above > 0 && first - AHEAD_MESSAGES < this.#above) return "above";
    return this.#below > 0 && last + AHEAD_MESSAGES > this.end ? "below" : undefined;
  }

  /** Another stretch, which ends with what the answer ends with. `above` is 0 only where the beginning is in it. */
  replace(rows: readonly Message[], above: number, { total, hasNext }: PageAnswer): void {
    this.#rows = rows;
    const likely = hasNext ? above : total - rows.length;
    this.#above = above === 0 ? 0 : Math.max(1, likely);
    this.#below = Math.max(hasNext ? 1 : 0, total - this.#above - rows.length);
  }

  /** What comes behind its last row. `isHeldBack`: what its total counts beside is not to be shown. */
  addBelow(answer: PageAnswer, isHeldBack: boolean): void {
    const rows = [...this.#rows, ...answer.data];
    const below = answer.hasNext ? Math.max(1, this.#below - answer.data.length) : 0;
    const above = answer.total - rows.length - below;
    if (!isHeldBack) return this.replace(rows, Math.max(Math.min(1, this.#above), above), answer);
    [this.#rows, this.#below] = [rows, below];
  }

  /** What comes before its first row, the nearest first. Returns whether there are others amid it, or some are gone. */
  addAbove(answer: PageAnswer, isHeldBack: boolean): boolean {
    this.#rows = [...answer.data.toReversed(), ...this.#rows];
    if (answer.hasNext) {
      const total = isHeldBack ? this.total - answer.data.length : answer.total;
      this.#above = Math.max(1, total - this.#rows.length - this.#below);
      return false;
    }
    this.#above = 0;
    if (isHeldBack) return false;
    const below = answer.total - this.#rows.length;
    const isAnother = (this.#below === 0 && below !== 0) || below < 0;
    this.#below = Math.max(0, below);
    return isAnother;
  }

  /**
   * Puts a message that arrived into its place, and counts it; one that is held is left as it is. Returns false where it cannot be told
   * whether it was counted already, or which place is its: then the service is to be asked. With the beginning held, whatever belongs
   * into the stretch and is not there came after the answer that it is of, and after the total.
   */
  letIn(message: Message): boolean {
    if (this.indexOf(message.message_id) !== -1) return true;
    if (this.#above > 0) return false;
    const at = instantOf(message);
    const place = this.#rows.findIndex((row) => compareInstants(instantOf(row), at) <= 0);
    const next = this.#rows[place];
    if (next === undefined ? this.#below > 0 : compareInstants(instantOf(next), at) === 0) return false;
    this.#rows = this.#rows.toSpliced(next === undefined ? this.#rows.length : place, 0, message);
    return true;
  }

  /** Lets go of what is far from these places. */
  forgetAround(first: number, last: number): void {
    const from = Math.max(0, first - KEPT_AROUND_MESSAGES - this.#above);
    const to = Math.max(from, last + KEPT_AROUND_MESSAGES - this.#above);
    // At least something to go on from.
    if (from >= this.#rows.length || to <= 0) return;
    const gone = Math.max(0, this.#rows.length - to);
    this.#rows = this.#rows.slice(from, to);
    this.#above += from;
    this.#below += gone;
  }
}

/** Behind a message that the service listed, whose `ts` it has read before. */
export function cursorOf(message: Message): string {
  return encodeCursor({ ...instantOf(message), message_id: message.message_id });
}

export function instantOf({ ts }: Message): Instant {
  const instant = parseInstant(ts);
  if (instant === null) throw new Error("the service listed a message whose ts names no instant");
  return instant;
}
