import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { counted } from "../../../counted.ts";
import { AppError } from "../../../errors.ts";
import { fail, type Finding, ok, warn } from "../../../finding.ts";
import { placeToRead } from "../check/kept-file.ts";
import { describeFailure } from "../failure.ts";
import { UNINDEXED_MESSAGES_MAX } from "../backlog.ts";
import { BUSY_MS_MAX } from "../log-bound.ts";
import { unfinishedRestore, WHAT_TO_DO } from "../restoring.ts";
import { knownVersion, MAIN_SCHEMA, refuseForeignFile, refuseNewerSchema, schemaVersion } from "../schema.ts";

const FILE = "data file";
const JOURNAL = "journal";
/** Of what may wait: an indexer that keeps up has far less. */
const LAG_WARNED_SHARE = 0.25;
const RESTORE = "keep a copy of the folder, and restore a backup";

/** Of the main file and its journal, read as `lyftr check` reads: nothing is written, locked or left behind. */
export function* filesFindings(path: string): Generator<Finding> {
  const part = unfinishedRestore(path);
  if (part !== null) {
    yield fail(FILE, `${part} is of a restore that was not finished`, WHAT_TO_DO);
    return;
  }
  if (!existsSync(path)) {
    yield ok(FILE, `${path} is not there yet: the service makes it when it first starts`);
    return;
  }
  const main = read(FILE, path, readMain);
  yield main.finding;
  if (main.found === null) return;
  yield journalFinding(`${path}.journal`, main.found);
}

interface Main {
  /** Every batch of the journal up to this one is in it. */
  readonly watermark: number;
  readonly isClean: boolean;
}

interface Read<T> {
  readonly finding: Finding;
  readonly found: T | null;
}

function read<T>(
  subject: string,
  path: string,
  look: (database: DatabaseSync, path: string) => Read<T>,
): Read<T> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(placeToRead(path).url, { readOnly: true, timeout: BUSY_MS_MAX });
    return look(database, path);
  } catch (error) {
    if (error instanceof AppError && error.code === "unavailable") {
      return { finding: warn(subject, error.message, "start the service"), found: null };
    }
    const says = error instanceof AppError ? error.message : `${path}: ${describeFailure(error)}`;
    return { finding: fail(subject, says, RESTORE), found: null };
  } finally {
    database?.close();
  }
}

function readMain(database: DatabaseSync, path: string): Read<Main> {
  refuseForeignFile(database, path, MAIN_SCHEMA);
  refuseNewerSchema(database, path, MAIN_SCHEMA);
  const [version, known] = [schemaVersion(database), knownVersion(MAIN_SCHEMA)];
  if (version === 0) return { finding: ok(FILE, `${path} is empty: the service fills it`), found: null };
  const row = database.prepare("SELECT seq, clean FROM watermark").get();
  const found = { watermark: Number(row?.["seq"]), isClean: row?.["clean"] === 1 };
  const says = `${path} has schema ${version}`;
  const finding =
    version === known ? ok(FILE, says) : ok(FILE, `${says}; the next start brings it to ${known}`);
  return { finding, found };
}

function journalFinding(path: string, { watermark, isClean }: Main): Finding {
  if (!existsSync(path)) {
    if (isClean) return ok(JOURNAL, "not there: the service was stopped, and makes a new one");
    const says = `${path} is missing, and the service was not stopped: acknowledged messages may be in it`;
    return fail(JOURNAL, says, "put it back beside the main file, by its name");
  }
  return read(JOURNAL, path, (database) => ({
    finding: lagFinding(database, watermark, isClean),
    found: null,
  })).finding;
}

function lagFinding(database: DatabaseSync, watermark: number, isClean: boolean): Finding {
  const sql = `
    SELECT count(*) AS batches, coalesce(sum(json_array_length(messages)), 0) AS messages FROM batches WHERE seq > ?`;
  const row = database.prepare(sql).get(watermark);
  const [batches, messages] = [Number(row?.["batches"]), Number(row?.["messages"])];
  if (batches === 0) return ok(JOURNAL, "all that was acknowledged is in the main file");
  const says = `${counted(messages, "message")} in ${counted(batches, "batch", "batches")}, acknowledged and not in the main file yet`;
  if (isClean) return fail(JOURNAL, `${says}, though the service was stopped`, RESTORE);
  if (messages < LAG_WARNED_SHARE * UNINDEXED_MESSAGES_MAX) {
    return ok(JOURNAL, `${says}: the service that runs, or the next start, brings them there`);
  }
  const advice = "see in the log of the service whether indexing fails; where none runs, start it";
  return warn(JOURNAL, says, advice);
}
