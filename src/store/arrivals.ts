import { AppError } from "../errors.ts";
import type { Message } from "../message.ts";

/** How far the messages behind a place are counted: one that is farther behind is not told how far. */
export const ARRIVALS_COUNTED = 10_000;

/** A message in the order of arrival. */
export interface Arrival {
  /**
   * Where it stands: opaque to all but the engine, of at most 2,000 letters, digits, `-`, `_` and `.`, and never the place of another
   * message of any inbox.
   */
  readonly place: string;
  readonly message: Message;
}

/** Some messages in a row. */
export interface Arrivals {
  readonly data: readonly Arrival[];
  /** The place to go on behind: that of the last of them, or a later one when nothing is left behind that for now. */
  readonly next: string;
  /** Whether there may be more behind `next` already. */
  readonly isCut: boolean;
}

/** What the engine throws for a place that it has not given, or that this inbox has not reached. */
export function noSuchPlace(why: string): AppError {
  return new AppError("invalid", why);
}

export const MALFORMED_PLACE = "the id is none that this service gives";
export const FOREIGN_PLACE =
  "the id is of another inbox, or of the time before this one was restored or moved";
