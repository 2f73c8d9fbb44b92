import { existsSync, realpathSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { AppError } from "../../../errors.ts";
import { refuseStump } from "../connection.ts";
import { cannotRead, isDamage } from "../failure.ts";
import { refuseSecondName } from "../lock.ts";
import { BUSY_MS_MAX } from "../log-bound.ts";
import { Queries } from "../queries.ts";
import { knownVersion, MAIN_SCHEMA, refuseForeignFile, refuseNewerSchema, schemaVersion } from "../schema.ts";

/** The main file, attached as `kept` to a database in memory, in which something can be built to compare it with. */
export interface KeptFile {
  readonly database: DatabaseSync;
  readonly queries: Queries;
  /** False when the service was started since: what was read may be of no moment at all, and the file has to be opened anew. */
  readonly isOfOneMoment: () => boolean;
  readonly close: () => void;
}

/** For integrity_check, which looks from each table into its indexes. */
const CACHE_KIB = 32 * 1024;

/**
 * Opens the main file so that nothing is written, locked or left behind, whether the service runs on it or not.
 * Throws AppError `cannot_start` that names the file and what to do, or `unavailable` when it cannot be read now.
 */
export function openKeptFile(path: string): KeptFile {
  try {
    const { url, isOfOneMoment } = placeToRead(path);
    requireSchema(url, path);
    const database = new DatabaseSync(":memory:", { timeout: BUSY_MS_MAX });
    database.prepare("ATTACH ? AS kept").run(url.href);
    database.exec(`PRAGMA kept.cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`);
    return { database, queries: new Queries(database), isOfOneMoment, close: () => database.close() };
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (!isDamage(error)) throw cannotRead(path, error);
    const detail = `${path} is not a SQLite database, or is damaged: restore it from a backup`;
    throw new AppError("cannot_start", detail, { cause: error });
  }
}

/**
 * Where nobody has the file open, it is read as one that cannot change: any other connection would make a write-ahead log and
 * its index beside it, and leave them there (sqlite.org/wal.html#read_only_databases), for a service that may run as
 * another user. The service makes both when it starts, so that a change is noticed.
 */
export function placeToRead(path: string): { url: URL; isOfOneMoment: () => boolean } {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new AppError(
      "cannot_start",
      `${path} is not there, or is no file: name the service's file in DATABASE_URL; the service makes it when it first starts`,
    );
  }
  refuseStump(path);
  refuseSecondName(path);
  const real = realpathSync(path);
  const url = pathToFileURL(real);
  url.searchParams.set("mode", "ro");
  if (existsSync(`${real}-wal`)) {
    requireLogIndex(path, real);
    return { url, isOfOneMoment: () => true };
  }
  url.searchParams.set("immutable", "1");
  const before = stateOf(real);
  return { url, isOfOneMoment: () => stateOf(real) === before };
}

function stateOf(real: string): string {
  const stat = statSync(real, { bigint: true, throwIfNoEntry: false });
  return [stat?.ino, stat?.size, stat?.mtimeNs, existsSync(`${real}-wal`)].join();
}

/** SQLite would make it where it is missing. */
function requireLogIndex(path: string, real: string): void {
  if (existsSync(`${real}-shm`)) return;
  throw new AppError(
    "unavailable",
    `${path} has a write-ahead log beside it (-wal) without its index (-shm): start the service on it, which makes one`,
  );
}

function requireSchema(url: URL, path: string): void {
  const database = new DatabaseSync(url, { readOnly: true, timeout: BUSY_MS_MAX });
  try {
    refuseForeignFile(database, path, MAIN_SCHEMA);
    refuseNewerSchema(database, path, MAIN_SCHEMA);
    const [found, known] = [schemaVersion(database), knownVersion(MAIN_SCHEMA)];
    if (found === known) return;
    throw new AppError(
      "cannot_start",
      `${path} has schema ${found}, and this lyftr checks schema ${known}: start the service on it once, which brings it there`,
    );
  } finally {
    database.close();
  }
}
