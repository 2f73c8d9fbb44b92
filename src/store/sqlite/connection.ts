import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../errors.ts";
import { describeFailure } from "./failure.ts";
import { lockFile } from "./lock.ts";
import { migrate, refuseForeignFile } from "./schema.ts";

/** How long a connection waits for another of ours, such as the reader's first look at a fresh write-ahead log. */
const BUSY_MS_MAX = 5_000;

export interface WriteConnection {
  readonly database: DatabaseSync;
  readonly close: () => void;
}

/**
 * The one connection that writes: creates folder and file where missing, keeps other processes out, migrates.
 * synchronous=FULL syncs the write-ahead log at every commit: what is committed survives a power cut
 * (sqlite.org/pragma.html#pragma_synchronous).
 * Throws AppError `cannot_start` that names the file and what to do.
 */
export function openForWriting(path: string): WriteConnection {
  let unlock: (() => void) | undefined;
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    unlock = lockFile(path);
    database = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
    refuseForeignFile(database, path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
    migrate(database, path);
  } catch (error) {
    database?.close();
    unlock?.();
    if (error instanceof AppError) throw error;
    throw new AppError("cannot_start", `cannot open ${path}: ${describeFailure(error)}`, { cause: error });
  }
  const release = unlock;
  const opened = database;
  return {
    database: opened,
    close() {
      opened.close();
      release();
    },
  };
}

/** A connection that cannot write. It sees every commit that was finished before each of its transactions began. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS_MAX });
  database.exec("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
  return database;
}
