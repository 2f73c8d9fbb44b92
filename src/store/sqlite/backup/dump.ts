import { existsSync, realpathSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "../../../errors.ts";
import type { Dumped, Tell, Watch } from "../../backup.ts";
import { requireRoomToCopy } from "../../room.ts";
import { checkSqliteStore } from "../check/check-sqlite-store.ts";
import { openKeptFile, placeToRead } from "../check/kept-file.ts";
import { cannotRead, sqliteResultCode } from "../failure.ts";
import { knownVersion, MAIN_SCHEMA } from "../schema.ts";
import { replay } from "../replay.ts";
import { copyFiles, MAIN_NAME } from "./copy.ts";

/** A service that starts at that very moment does so once, unless something keeps ending it. */
const COPY_TRIES_MAX = 5;
/** What SQLite and the engine make beside a file. */
const BESIDE = [".journal", ".journal-wal", ".journal-shm", ".lock", "-wal", "-shm"];

/**
 * Writes a copy of all that is acknowledged into the folder, as one file, whether a service runs on it or not, and recounts it.
 * Nothing is written, locked or left behind where the service's files are. Throws AppError that names the file and what to do.
 * `free` tells the bytes that are free where the folder lies.
 */
export async function dumpSqlite(
  file: string,
  folder: string,
  { tell, copied }: Watch,
  free?: (folder: string) => number,
): Promise<Dumped> {
  const path = resolve(file);
  const copy = join(folder, MAIN_NAME);
  placeToRead(path);
  requireRoomToCopy(folder, bytesOf(path), free);
  await copyWhole(path, folder, tell);
  copied();
  tell("applying the journal to the copy", 0);
  await replay(copy);
  removeBeside(copy);
  await recount(copy, tell);
  return { schema: knownVersion(MAIN_SCHEMA), ...figuresOf(copy), files: [{ name: MAIN_NAME }] };
}

async function copyWhole(path: string, folder: string, tell: Tell): Promise<void> {
  for (let tries = 1; tries <= COPY_TRIES_MAX; tries += 1) {
    try {
      if (await copyFiles(path, folder, tell)) return;
    } catch (error) {
      throw sqliteResultCode(error) === null ? error : cannotRead(path, error);
    }
    for (const beside of ["", "-journal", ".journal", ".journal-journal"])
      rmSync(join(folder, MAIN_NAME + beside), { force: true });
  }
  throw new AppError("unavailable", `${path}: a service was started on it again and again; try later`);
}

/** Of all files that are there. */
function bytesOf(path: string): number {
  const real = realpathSync(path);
  const sizes = ["", "-wal", ".journal", ".journal-wal"].map(
    (beside) => statSync(real + beside, { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** After a clean stop the main file is all there is; what is left of the engine belongs to no backup. */
function removeBeside(copy: string): void {
  if (existsSync(`${copy}-wal`)) throw new Error(`${copy} was not folded back when it was closed`);
  const file = openKeptFile(copy);
  try {
    if (file.queries.count("SELECT clean AS n FROM watermark") !== 1)
      throw new Error(`${copy} was not closed cleanly`);
  } finally {
    file.close();
  }
  for (const beside of BESIDE) rmSync(copy + beside, { force: true });
}

/** As `lyftr check` does. Throws AppError `internal` that names the first difference. */
async function recount(copy: string, tell: Tell): Promise<void> {
  for await (const { name, number, of, share, found } of checkSqliteStore(copy)) {
    tell(`checking the copy, ${number}/${of}: ${name}`, share);
    if (found === null || found.total === 0) continue;
    const what = found.differences[0]?.what ?? "";
    throw new AppError(
      "internal",
      `the copy is not exact: ${name}: ${what}; run lyftr check, and docs/operations.md says what to do`,
    );
  }
}

function figuresOf(copy: string): { messages: number; conflicts: number } {
  const { queries, close } = openKeptFile(copy);
  try {
    return {
      messages: queries.count("SELECT messages AS n FROM totals"),
      conflicts: queries.count("SELECT count(*) AS n FROM conflicts"),
    };
  } finally {
    close();
  }
}
