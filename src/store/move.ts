/** What `lyftr migrate` and `lyftr export` read from every engine, and the one thing that it writes past the other promises of a store. */
import type { Message, Position } from "../message.ts";
import type { ConflictKey, ConflictRecord } from "./conflict.ts";
import type { Store } from "./store.ts";
import type { BucketCount } from "./timeline.ts";

/** Seconds since 1970: from `since` on and before `until`. */
export interface Range {
  readonly since: number;
  readonly until: number;
}

export const ALL_TIME: Range = { since: Number.MIN_SAFE_INTEGER, until: Number.MAX_SAFE_INTEGER };

/**
 * Reads what an engine keeps, while a service runs on it or not. Each call is one short read of one moment, so that no service
 * waits for it. Any may throw AppError `unavailable` when it cannot be read now.
 */
export interface MoveReader {
  /** The same for two readers exactly where both read the same database. */
  place(): Promise<string>;

  /**
   * Resolves when all that was acknowledged before the call is what the reads find. Rejects with `unavailable` when the service
   * that holds it does not get there.
   */
  settled(): Promise<void>;

  /** Whether a service seems to run on it, or was killed since the reader was opened: more may be there soon. */
  isServed(): Promise<boolean>;

  /** How many messages each period has that begins in the range, in order; `width` is one of periods.ts. None has 0. */
  periods(width: number, range: Range): Promise<readonly BucketCount[]>;

  /** The first messages of the range behind a position, in order, at most `limit`: fewer only when no more follow. */
  inOrder(range: Range, after: Position | null, limit: number): Promise<readonly Message[]>;

  /** Those of the ids that are there, in any order. */
  byIds(ids: readonly string[]): Promise<readonly Message[]>;

  /** The first conflicts behind a key, in an order of the engine's own, at most `limit`. */
  conflicts(after: ConflictKey | null, limit: number): Promise<readonly ConflictRecord[]>;

  /** The key of `erased`, in hex. */
  erasureKey(): Promise<string>;

  /** The first ids of erased messages whose hash is behind another one, in the order of their hashes, at most `limit`. */
  erased(after: string | null, limit: number): Promise<readonly ErasedRecord[]>;

  /** Those of the ids that were erased. */
  erasedAmong(ids: readonly string[]): Promise<readonly string[]>;

  /** Ids of messages that were erased before this day (ErasedRecord) may be known no longer; 0 when none was forgotten. */
  forgottenDay(): Promise<number>;

  /** Releases what it reads with. */
  close(): Promise<void>;
}

/** What is left of an erased message. */
export interface ErasedRecord {
  /** Of its id, in hex, under the key of the database (erased-id.ts). */
  readonly hash: string;
  /** Of UTC, counted from 1970-01-01. */
  readonly day: number;
}

/** A store that takes over what another one kept. */
export interface TargetStore extends Store {
  /**
   * Keeps the records, durably. Of one that is there, the earliest first and the latest last time stay, and the greater number
   * of times: the same records once more change nothing.
   */
  keepConflicts(records: readonly ConflictRecord[]): Promise<void>;

  /**
   * Keeps the records, durably, and their key; the later day of one that is there stays. Messages of such ids that are there stay
   * too. Throws AppError `cannot_start` where others are kept under another key.
   */
  keepErased(key: string, records: readonly ErasedRecord[]): Promise<void>;

  /**
   * Forgets, durably, those of the ids that were erased before the day, and says how many; `forgottenDay` tells of it. What is
   * appended under such an id from then on is a message like any other.
   */
  forgetErased(ids: readonly string[], day: number): Promise<number>;
}
