import { renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../../../errors.ts";
import type { KeptBackup, Tell } from "../../backup.ts";
import { copyFile, digestOfFile, syncPath } from "../../digest.ts";
import { requireRoomToCopy } from "../../room.ts";
import { makeFolder } from "../connection.ts";
import { describeFailure, sqliteResultCode } from "../failure.ts";
import { renewInbox } from "../inbox.ts";
import { lockFile } from "../lock.ts";
import { realPlace } from "../real-place.ts";
import { partOf } from "../restoring.ts";
import { knownVersion, MAIN_SCHEMA } from "../schema.ts";
import { MAIN_NAME } from "./copy.ts";

/**
 * Puts the file of a backup in the place of `file`. It gets its name in one step, once it is whole, verified and synced: whatever
 * ends this before leaves the place as it was, but for a file beside it on which no service starts (restoring.ts). Throws AppError
 * that names the file and what to do.
 */
export async function restoreSqlite(file: string, backup: KeptBackup, tell: Tell): Promise<void> {
  const path = resolve(file);
  const kept = backup.files.find(({ name }) => name === MAIN_NAME);
  if (kept === undefined || backup.schema > knownVersion(MAIN_SCHEMA)) throw newerSchema(backup);
  makeFolder(dirname(path));
  const real = realPlace(path);
  refuseData(real);
  requireRoomToCopy(dirname(real), kept.bytes);
  const release = lock(real);
  try {
    // Once more, now that no service can begin.
    refuseData(real);
    const part = partOf(real);
    removeBeside(part);
    try {
      // Over what a restore that was cut off left of it, never without it: until the end, a start has to know.
      await copyFile(join(backup.folder, kept.name), part, (share) => tell("copying", share));
      if ((await digestOfFile(part, (share) => tell("verifying", share))) !== kept.sha256)
        throw new AppError("unavailable", `${part} was not written as ${kept.name} is: look at the disk`);
      renewInbox(part);
      renameSync(part, real);
      await syncPath(dirname(real));
    } catch (error) {
      removeBeside(part);
      rmSync(part, { force: true });
      throw error;
    }
  } finally {
    release();
  }
}

/** What SQLite made beside a part before: it would be taken for that of the next. */
function removeBeside(part: string): void {
  for (const beside of ["-wal", "-shm", "-journal"]) rmSync(part + beside, { force: true });
}

/** Throws AppError `cannot_start` where anything is that could be data. */
function refuseData(real: string): void {
  for (const name of ["", ".journal", "-wal", ".journal-wal"].map((beside) => real + beside)) {
    const stat = statSync(name, { throwIfNoEntry: false });
    if (stat === undefined || (stat.isFile() && stat.size === 0)) continue;
    throw new AppError(
      "cannot_start",
      `${name} is there already, and nothing is written over: name another place in DATABASE_URL, or move it away`,
    );
  }
}

function lock(path: string): () => void {
  try {
    return lockFile(path);
  } catch (error) {
    if (sqliteResultCode(error) === null) throw error;
    throw new AppError("cannot_start", `cannot write ${path}: ${describeFailure(error)}`, { cause: error });
  }
}

function newerSchema({ folder, schema }: KeptBackup): AppError {
  return new AppError(
    "cannot_start",
    `${folder} has schema ${schema}, but this lyftr knows schemas up to ${knownVersion(MAIN_SCHEMA)}: run a newer lyftr`,
  );
}
