import { resolve } from "node:path";
import { AppError } from "../../errors.ts";
import type { Store } from "../store.ts";
import type { ReaderHandlers } from "./reader-thread.ts";
import { startThread } from "./thread.ts";
import type { WriterHandlers } from "./writer-thread.ts";

/** Batches handed to the writer and not yet answered; ingest keeps far fewer, so this only catches a fault. */
const APPENDS_WAITING_MAX = 100;
/** Reads waiting for the reader thread. At some milliseconds a read, more would outlive their client's patience. */
const READS_WAITING_MAX = 1_000;

/**
 * Opens the SQLite engine: one writer thread and one reader thread on the same file.
 * `now` gives milliseconds since 1970, for the record of conflicts.
 * Throws AppError `cannot_start` that names the file.
 */
export async function openSqliteStore(file: string, now: () => number): Promise<Store> {
  // An absolute path is a path to SQLite, whatever its name; a relative one could be read as a URI (sqlite.org/uri.html).
  const path = resolve(file);
  const writer = startThread<WriterHandlers>(
    new URL("writer-thread.ts", import.meta.url),
    APPENDS_WAITING_MAX,
  );
  const reader = startThread<ReaderHandlers>(new URL("reader-thread.ts", import.meta.url), READS_WAITING_MAX);

  let closing: Promise<void> | undefined;

  /** The writer last: the last connection to close folds the write-ahead log back into the file. */
  async function stopThreads(): Promise<void> {
    await reader.stop();
    await writer.stop();
  }

  async function whileOpen<T>(call: () => Promise<T>): Promise<T> {
    if (closing !== undefined) throw new AppError("unavailable", "the store is closed");
    return call();
  }

  try {
    await writer.call("open", path);
    await reader.call("open", path);
  } catch (error) {
    await stopThreads();
    throw error;
  }

  return {
    append: (batch) => whileOpen(() => writer.call("append", batch, now())),
    find: (filter, page) => whileOpen(() => reader.call("find", filter, page)),
    get: (messageId) => whileOpen(() => reader.call("get", messageId)),
    stats: () => whileOpen(() => reader.call("stats")),
    ready: () =>
      whileOpen(async () => {
        await Promise.all([writer.call("ready"), reader.call("ready")]);
      }),
    close: () => (closing ??= stopThreads()),
  };
}
