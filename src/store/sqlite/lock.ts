import { existsSync, realpathSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../errors.ts";
import { sqliteResultCode } from "./failure.ts";
import { realPlace } from "./real-place.ts";

const SQLITE_BUSY = 5;

/**
 * Claims a database file for this process, by a transaction held open on `<path>.lock`. The operating system frees
 * it when the process ends, however it ends, so there is never a stale lock to remove. (Locking the database itself
 * would keep our own reader thread out.) The file need not be there yet, and is not made. Returns what frees it.
 * Throws AppError `cannot_start` that names the file and the process that holds it.
 */
export function lockFile(path: string): () => void {
  refuseSecondName(path);
  const lock = new DatabaseSync(`${realPlace(path)}.lock`, { timeout: 0 });
  try {
    lock.exec("BEGIN IMMEDIATE");
    lock.exec("CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL); DELETE FROM holder");
    lock.prepare("INSERT INTO holder VALUES (?)").run(process.pid);
    // Committed so that the process we keep out can read who we are; whoever is first after it holds the file.
    lock.exec("COMMIT; BEGIN IMMEDIATE");
  } catch (error) {
    if (sqliteResultCode(error) !== SQLITE_BUSY) throw error;
    const holder = readHolder(lock);
    lock.close();
    throw new AppError(
      "cannot_start",
      `${path} is in use by another lyftr process${holder}; stop that one first`,
    );
  }
  return () => lock.close();
}

/** Whether a process has the file claimed now. Throws AppError `cannot_start` where this user may not ask. */
export function isClaimed(path: string): boolean {
  const lockPath = `${realpathSync(path)}.lock`;
  if (!existsSync(lockPath)) return false;
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec("BEGIN IMMEDIATE; ROLLBACK");
    return false;
  } catch (error) {
    if (sqliteResultCode(error) === SQLITE_BUSY) return true;
    throw new AppError(
      "cannot_start",
      `cannot tell whether a service runs on ${path}: run this as the user of the service`,
      { cause: error },
    );
  } finally {
    lock.close();
  }
}

/**
 * Under a second hard link SQLite would keep a second write-ahead log, and lose what is in the first.
 * Throws AppError `cannot_start`.
 */
export function refuseSecondName(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.nlink === 1) return;
  throw new AppError(
    "cannot_start",
    `${path} has a hard link, under which it could be damaged; remove one of the names`,
  );
}

function readHolder(lock: DatabaseSync): string {
  try {
    const row = lock.prepare("SELECT pid FROM holder").get();
    return row === undefined ? "" : ` (pid ${String(row["pid"])})`;
  } catch {
    // The holder is just writing its name: that it is held is all we can say.
    return "";
  }
}
