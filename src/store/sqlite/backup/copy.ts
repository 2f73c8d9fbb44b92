/**
 * Copies the journal and the main file while a service may write to both.
 *
 * What is acknowledged is in the journal until the main file holds it, and the journal is trimmed only up to a watermark that is
 * synced. So the journal is copied first, of one moment, and then the main file, of a later one:
 *
 *   trimmed seq of the journal's copy  <=  watermark of the main file's copy
 *
 * since what was trimmed by then was in the main file before, and the watermark never goes back. Every batch above the trimmed seq
 * and up to the journal's last at that moment is in its copy. Therefore each batch that was acknowledged before the journal's
 * moment is in one copy or the other, and above the watermark there is no gap. The watermark may be beyond the journal's last
 * batch: those behind that came later, are in the main file's copy alone, and are whole there, since a batch is applied in one
 * transaction. The engine opens such a pair as any other, and numbers on from the watermark, so that no seq is used twice.
 *
 * The other way round, a batch that is applied and trimmed between the two copies would be in neither.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { AppError } from "../../../errors.ts";
import type { Tell } from "../../backup.ts";
import { SYNC_EVERY_BYTES } from "../../digest.ts";
import { placeToRead } from "../check/kept-file.ts";
import { describeFailure, journalAhead, journalMissing, sqliteResultCode } from "../failure.ts";
import { BUSY_MS_MAX } from "../log-bound.ts";
import { JOURNAL_SCHEMA, MAIN_SCHEMA, refuseForeignFile, type Schema } from "../schema.ts";
import { requireOwnSchema } from "./own-schema.ts";

const SQLITE_FULL = 13;

/** As the copy is named, whatever the file is. */
export const MAIN_NAME = "app.db";

/** A file at one moment, for as long as it is open. */
interface Pinned {
  readonly database: DatabaseSync;
  readonly seq: number;
  readonly isOfOneMoment: () => boolean;
}

/**
 * Resolves with false when a service was started meanwhile on files that nobody had open: then the copies may be of no moment at
 * all. Throws AppError that names the file.
 */
export async function copyFiles(path: string, folder: string, tell: Tell): Promise<boolean> {
  const journalPath = `${realpathSync(path)}.journal`;
  const journal = existsSync(journalPath) ? pin(journalPath, JOURNAL_SCHEMA, "trimmed") : null;
  try {
    const copy = join(folder, `${MAIN_NAME}.journal`);
    if (journal !== null) await copyPinned(journal, copy, (share) => tell("copying the journal", share));
  } finally {
    journal?.database.close();
  }
  const main = pin(path, MAIN_SCHEMA, "watermark");
  try {
    const isOfOneMoment = (): boolean => main.isOfOneMoment() && (journal?.isOfOneMoment() ?? true);
    if (journal === null && !isClean(main)) {
      if (existsSync(journalPath)) return false;
      throw journalMissing(path, journalPath);
    }
    if (journal !== null && journal.seq > main.seq) {
      if (!isOfOneMoment()) return false;
      throw journalAhead(path, journalPath);
    }
    await copyPinned(main, join(folder, MAIN_NAME), (share) => tell("copying the main file", share));
    return isOfOneMoment();
  } finally {
    main.database.close();
  }
}

/** Begins a read transaction: all that is read through the connection is of this moment, whatever is written meanwhile. */
function pin(path: string, schema: Schema, table: "trimmed" | "watermark"): Pinned {
  const { url, isOfOneMoment } = placeToRead(path);
  const database = new DatabaseSync(url, { readOnly: true, timeout: BUSY_MS_MAX });
  try {
    refuseForeignFile(database, path, schema);
    requireOwnSchema(database, path, schema);
    database.exec("BEGIN");
    const seq = Number(database.prepare(`SELECT seq FROM ${table}`).get()?.["seq"]);
    return { database, seq, isOfOneMoment };
  } catch (error) {
    database.close();
    throw error;
  }
}

function isClean({ database }: Pinned): boolean {
  return database.prepare("SELECT clean FROM watermark").get()?.["clean"] === 1;
}

/**
 * SQLite's own copy, page by page. It would begin anew whenever another process writes (sqlite.org/backup.html), but not within a
 * read transaction, which keeps all pages as they were.
 */
async function copyPinned({ database }: Pinned, to: string, tell: (share: number) => void): Promise<void> {
  const pageBytes = Number(database.prepare("PRAGMA page_size").get()?.["page_size"]);
  let descriptor: number | undefined;
  try {
    await backup(database, to, {
      rate: Math.ceil(SYNC_EVERY_BYTES / pageBytes),
      progress({ totalPages, remainingPages }) {
        descriptor ??= openSync(to, "r+");
        fdatasyncSync(descriptor);
        tell(totalPages === 0 ? 1 : 1 - remainingPages / totalPages);
      },
    });
  } catch (error) {
    if (sqliteResultCode(error) !== SQLITE_FULL) throw error;
    throw new AppError("unavailable", `cannot write ${to}: ${describeFailure(error)}`, { cause: error });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
