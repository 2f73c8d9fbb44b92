import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { counted } from "../../../counted.ts";
import { AppError } from "../../../errors.ts";
import { shownUrl } from "../../../postgres-url.ts";
import type { DumpedTable, KeptBackup, KeptFileOfBackup, Tell } from "../../backup.ts";
import { Digest } from "../../digest.ts";
import type { Use } from "../connection.ts";
import { asAppError } from "../failure.ts";
import { renewInbox } from "../inbox.ts";
import { Queries } from "../queries.ts";
import { makeSchema, readSchema, readVersion, tablesOfAnother } from "../schema.ts";
import { Servers } from "../servers.ts";
import { SERVICES } from "../services.ts";
import { columnsOf, copyIn, copyOut, quoted, tablesOf } from "./tables.ts";

const USE: Use = {
  name: "lyftr restore",
  server: "write",
  settings: { statement_timeout: "0", lock_timeout: "0", jit: "off", synchronize_seqscans: "off" },
  answerMsMax: 0,
};

type TableFile = KeptFileOfBackup & { readonly table: DumpedTable };

/** What a migration makes beside the constraints: it costs less to make it once, of all rows. */
const INDEXES = `
  SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
  WHERE indrelid = to_regclass($table) AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)`;

/** What a new message gets for its place in the order of arrival; no row in a schema that has none. */
const ARRIVING = `
  SELECT pg_get_expr(adbin, adrelid) AS value FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
  WHERE adrelid = 'messages'::regclass AND attname = 'arrived'`;

/**
 * Fills a database in which no messages are, in one transaction: it is whole, or as if nothing had been done. A service that is
 * started meanwhile waits for it. Throws AppError that names the place and says what to do.
 */
export async function restorePostgres(url: string, backup: KeptBackup, tell: Tell): Promise<void> {
  const place = shownUrl(url);
  if (backup.schema > readSchema().version) throw newerSchema(backup);
  try {
    const client = await new Servers(url).connect(USE);
    try {
      await client.query("BEGIN");
      await restoreAll(client, place, backup, tell);
      await client.query("COMMIT");
      tell("tidying the tables", 0);
      // So that the first reads know how many rows there are, and need not look at each whether it is visible to them.
      for (const { table } of tableFiles(backup))
        await client.query(`VACUUM (ANALYZE) ${quoted(table.name)}`);
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    const failure = asAppError(error);
    if (failure.code !== "unavailable") throw failure;
    const reason = failure.reason ?? failure.message;
    throw new AppError("unavailable", `${place} cannot be restored to now`, { reason, cause: failure });
  }
}

async function restoreAll(client: Client, place: string, backup: KeptBackup, tell: Tell): Promise<void> {
  const queries = new Queries(client);
  // A service that starts now waits for the lock of the migrations.
  await makeSchema(client, place, backup.schema, async () => {
    if ((await queries.count(SERVICES)) > 0)
      throw new AppError("cannot_start", `a service runs on ${place}: stop every process of it first`);
    await dropEmpty(queries, place);
  });
  // What is restored has not arrived here.
  const arriving = await queries.row(ARRIVING);
  if (arriving !== undefined) await queries.rows("ALTER TABLE messages ALTER COLUMN arrived DROP DEFAULT");
  for (const file of tableFiles(backup)) await fill(client, backup.folder, file, tell);
  if (arriving === undefined) return;
  await queries.rows(`ALTER TABLE messages ALTER COLUMN arrived SET DEFAULT ${String(arriving["value"])}`);
  await renewInbox(queries);
}

/** What a service made that has taken no message. Throws AppError `cannot_start` where anything was stored, or by another program. */
async function dropEmpty(queries: Queries, place: string): Promise<void> {
  const there = new Map<string, readonly string[]>();
  for (const table of tablesOf(readSchema().migrations)) {
    const columns = await columnsOf(queries, table);
    if (columns.length > 0) there.set(table, columns);
  }
  const [first] = there.keys();
  if (first === undefined) return;
  if ((await readVersion(queries)) === null)
    throw tablesOfAnother(place, `it has "${first}", and no lyftr_schema`);
  // A service has no connection in the first moments of its life: what it stores then is either counted here, or waits and goes into
  // the tables that are made instead.
  await queries.rows(`LOCK TABLE ${[...there.keys()].join(", ")} IN ACCESS EXCLUSIVE MODE`);
  for (const [table, columns] of there) {
    // A table of one row has it from the beginning; `one` says so.
    if (columns.includes("one")) continue;
    const rows = await queries.count(`SELECT count(*) AS n FROM ${table}`);
    if (rows === 0) continue;
    throw new AppError(
      "cannot_start",
      `${place} holds data already (${counted(rows, "row")} of ${table}), and nothing is written over: name an empty database in DATABASE_URL`,
    );
  }
  for (const table of [...there.keys(), "lyftr_schema"]) await queries.rows(`DROP TABLE IF EXISTS ${table}`);
}

async function fill(
  client: Client,
  folder: string,
  { name, bytes, sha256, table }: TableFile,
  tell: Tell,
): Promise<void> {
  const queries = new Queries(client);
  const target = quoted(table.name);
  const indexes = await queries.rows(INDEXES, { table: target });
  for (const index of indexes) await queries.rows(`DROP INDEX ${String(index["name"])}`);
  // The rows that a table has from the beginning are in the backup too.
  await queries.rows(`DELETE FROM ${target}`);
  const read = new Digest();
  read.on("data", () => tell(`restoring ${table.name}`, bytes === 0 ? 1 : read.bytes / bytes));
  const stream = client.query(copyFrom(copyIn(table.name, table.columns)));
  await pipeline(createReadStream(join(folder, name)), read, stream);
  await verify(client, { name, bytes, sha256, table }, read, tell);
  for (const [position, index] of indexes.entries()) {
    tell(`indexing ${table.name}`, position / indexes.length);
    await queries.rows(String(index["definition"]));
  }
}

/**
 * That the table gives out what was put into it. It was made in this transaction, so its rows lie in the order in which they came:
 * the server looks for no room before the last of them.
 */
async function verify(
  client: Client,
  { name, bytes, sha256, table }: TableFile,
  read: Digest,
  tell: Tell,
): Promise<void> {
  const digest = new Digest();
  digest.on("data", () => tell(`verifying ${table.name}`, bytes === 0 ? 1 : digest.bytes / bytes));
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(client.query(copyTo(copyOut(table.name, table.columns))), digest, nowhere);
  const rows = await new Queries(client).count(`SELECT count(*) AS n FROM ${quoted(table.name)}`);
  if (read.sha256() === sha256 && digest.sha256() === sha256 && rows === table.rows) return;
  throw new AppError("internal", `${name} is not in the database as it is in the backup`);
}

function tableFiles({ files, folder }: KeptBackup): TableFile[] {
  return files.map((file) => {
    const { table } = file;
    if (table !== undefined) return { ...file, table };
    throw new AppError("cannot_start", `${join(folder, file.name)} holds no table`);
  });
}

function newerSchema({ folder, schema }: KeptBackup): AppError {
  return new AppError(
    "cannot_start",
    `${folder} has schema ${schema}, but this lyftr knows schemas up to ${readSchema().version}: run a newer lyftr`,
  );
}
