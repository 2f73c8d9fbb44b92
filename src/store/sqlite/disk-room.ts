import type { JournalDepth } from "../../depth-gauges.ts";
import { AppError } from "../../errors.ts";

/**
 * Kept free on the disk, so that what is acknowledged can still be indexed, and so be read, when it fills up: the
 * write-ahead logs of both files, and some more.
 */
export const RESERVE_BYTES_MIN = 32 * 1024 * 1024;
/** A journaled byte is written to the main file's write-ahead log and to the file, with its indexes. */
const BYTES_BY_JOURNALED_BYTE = 4;
/** The disk is asked at most this often; in between, far less than the reserve can be written. */
const ASK_MS_MIN = 100;

/** Watches that the disk keeps room for what is journaled and not yet indexed. */
export class DiskRoom {
  readonly #free: () => number;
  readonly #now: () => number;
  #askedMs = Number.NEGATIVE_INFINITY;
  #freeBytes = Number.POSITIVE_INFINITY;

  constructor(free: () => number, now: () => number) {
    this.#free = free;
    this.#now = now;
  }

  /** Throws AppError `unavailable` when taking more could leave too little to index what was taken. */
  require(unindexedBytes: number): void {
    const nowMs = this.#now();
    if (Math.abs(nowMs - this.#askedMs) >= ASK_MS_MIN) {
      this.#freeBytes = this.#ask();
      this.#askedMs = nowMs;
    }
    const needed = reserved(unindexedBytes);
    if (this.#freeBytes >= needed) return;
    throw new AppError("unavailable", "the store is not available now", {
      reason: `the disk is nearly full: ${this.#freeBytes} bytes are free and ${needed} are kept for indexing; make room`,
    });
  }

  /** What is free now, and how much of it is kept; NaN where the disk cannot be asked. */
  depth(unindexedBytes: number): Pick<JournalDepth, "freeBytes" | "reservedBytes"> {
    const reservedBytes = reserved(unindexedBytes);
    try {
      return { freeBytes: this.#free(), reservedBytes };
    } catch {
      return { freeBytes: Number.NaN, reservedBytes };
    }
  }

  #ask(): number {
    try {
      return this.#free();
    } catch (error) {
      const reason = `the disk cannot be asked for its room: ${String(error)}`;
      throw new AppError("unavailable", "the store is not available now", { reason, cause: error });
    }
  }
}

function reserved(unindexedBytes: number): number {
  return RESERVE_BYTES_MIN + BYTES_BY_JOURNALED_BYTE * unindexedBytes;
}
