import { closeSync, fsyncSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../errors.ts";
import { describeFailure } from "./failure.ts";
import { lockFile } from "./lock.ts";
import { BUSY_MS_MAX, foldBack, logBound } from "./log-bound.ts";
import { refuseUnfinishedRestore } from "./restoring.ts";
import { JOURNAL_SCHEMA, MAIN_SCHEMA, migrate, refuseForeignFile, type Schema } from "./schema.ts";

/** What one transaction of the indexer changes, so that it need not be written to disk before it is whole. */
const CACHE_KIB = 16 * 1024;
/** 16 MiB of the write-ahead log: a page that changes often is written back once for many changes. */
const CHECKPOINT_PAGES = 4_000;
/** sqlite.org/fileformat.html#pages */
const PAGE_BYTES_MIN = 512;

export interface WriteConnection {
  readonly database: DatabaseSync;
  /** Folds the write-ahead log back into the file when it has outgrown its bound; to be called after each transaction. */
  readonly boundLog: () => void;
  readonly close: () => void;
}

/**
 * The one connection that writes to the main file: creates folder and file where missing, keeps other processes out,
 * migrates. Throws AppError `cannot_start` that names the file and what to do.
 */
export function openMain(path: string): WriteConnection {
  return naming(path, () => {
    makeFolder(dirname(path));
    const release = lockFile(path);
    try {
      refuseUnfinishedRestore(path);
      const database = openForWriting(path, MAIN_SCHEMA);
      database.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      // SQLite keeps it beside the real file, by whichever link that is named.
      const logPath = `${realpathSync(path)}-wal`;
      return {
        database,
        boundLog: logBound(database, logPath, () => performance.now()),
        close() {
          foldBack(database);
          database.close();
          release();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  });
}

/** The one connection that writes to the journal. The lock of the main file covers it. Throws as openMain does. */
export function openJournal(path: string): DatabaseSync {
  return naming(path, () => openForWriting(path, JOURNAL_SCHEMA));
}

/**
 * synchronous=FULL syncs the write-ahead log at every commit: what is committed survives a power cut
 * (sqlite.org/pragma.html#pragma_synchronous).
 */
function openForWriting(path: string, schema: Schema): DatabaseSync {
  refuseStump(path);
  const database = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
  try {
    refuseForeignFile(database, path, schema);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
    // What is deleted is overwritten within its page; pages that get free, by free-space.ts
    // (sqlite.org/pragma.html#pragma_secure_delete).
    database.exec("PRAGMA secure_delete = FAST");
    // A process that was killed between a commit's write and its sync leaves the commit in the system's memory alone.
    // SQLite takes it for committed; folding the log back syncs it before anything is built on it.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    migrate(database, path, schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * SQLite takes a file shorter than its smallest page for an empty one, and would write over what is left of it.
 * Throws AppError `cannot_start`.
 */
export function refuseStump(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0 || size >= PAGE_BYTES_MIN) return;
  throw new AppError(
    "cannot_start",
    `${path} is not a SQLite database, or was cut short: restore it from a backup`,
  );
}

/** Makes the folder where it is missing, durably: SQLite syncs what is in a folder, not that the folder exists. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  // Windows cannot open a folder to sync it.
  if (process.platform === "win32") return;
  if (first === undefined) {
    syncKnown(dirname(folder));
    return;
  }
  for (let made = folder; made.length >= first.length; made = dirname(made)) sync(dirname(made));
}

/** For a process that made the folder in it and was killed before it could sync it. It may not be ours to open. */
function syncKnown(parent: string): void {
  try {
    sync(parent);
  } catch {
    // Then it was not we who made something in it.
  }
}

function sync(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function naming<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("cannot_start", `cannot open ${path}: ${describeFailure(error)}`, { cause: error });
  }
}

/** A connection that cannot write. It sees every commit that was finished before each of its transactions began. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS_MAX });
  database.exec("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
  return database;
}
