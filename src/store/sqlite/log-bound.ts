/** The main file's write-ahead log: that it does not grow for ever, and that a stop leaves nothing in it. */
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

/** How long a connection waits for another of ours, such as the reader's first look at a fresh write-ahead log. */
export const BUSY_MS_MAX = 5_000;
/** A transaction of the indexer under full load is some 10 MiB of it. */
export const LOG_BYTES_MAX = 64 * 1024 * 1024;
const LOG_WAIT_MS_MAX = 200;
/** After waiting in vain: a reader such as `lyftr check` may take minutes, and the indexer must keep up meanwhile. */
const LOG_RETRY_MS = 2_000;

/** A stop has some seconds until it is ended by force, and drains requests first. */
const LOG_WAIT_AT_STOP_MS = 1_000;

/**
 * SQLite starts its log over by itself only at a moment without readers, and searches back to back leave none.
 * What is returned waits for such a moment when the log has outgrown its bound, but neither long nor often: whoever waits
 * for the indexer waits too. `now` is in milliseconds.
 */
export function logBound(database: DatabaseSync, logPath: string, now: () => number): () => void {
  let notBefore = -Infinity;
  return () => {
    const size = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
    if (size < LOG_BYTES_MAX || now() < notBefore) return;
    if (!emptyLog(database)) notBefore = now() + LOG_RETRY_MS;
  };
}

/** Folds the log back into the file and leaves nothing in it. False where a reader is in the way. */
export function emptyLog(database: DatabaseSync): boolean {
  database.exec(`PRAGMA busy_timeout = ${LOG_WAIT_MS_MAX}`);
  try {
    // Being kept from it is an answer of this statement, and not an error.
    const answer = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    return answer?.["busy"] !== 1;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS_MAX}`);
  }
}

/** SQLite does so by itself where nobody else has the file open, as `lyftr check` may: after a stop, the file is all there is. */
export function foldBack(database: DatabaseSync): void {
  try {
    database.exec(`PRAGMA busy_timeout = ${LOG_WAIT_AT_STOP_MS}; PRAGMA wal_checkpoint(TRUNCATE)`);
  } catch {
    // What the disk does not take now stays in the log, and is folded back at the next start.
  }
}
