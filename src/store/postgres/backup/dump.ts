import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { to as copyTo } from "pg-copy-streams";
import { AppError } from "../../../errors.ts";
import { shownUrl } from "../../../postgres-url.ts";
import type { Dumped, DumpedFile, Tell, Watch } from "../../backup.ts";
import { Digest, syncPath, writerOf } from "../../digest.ts";
import { requireRoomToCopy } from "../../room.ts";
import type { Use } from "../connection.ts";
import { asAppError } from "../failure.ts";
import { Queries } from "../queries.ts";
import { readSchema, requireInbox } from "../schema.ts";
import { Servers } from "../servers.ts";
import { columnsOf, copyOut, tablesOf } from "./tables.ts";

const USE: Use = {
  name: "lyftr backup",
  server: "primary",
  // The text of a row is the same whoever asks for it, and the rows come in the order in which they lie.
  settings: { statement_timeout: "0", lock_timeout: "0", jit: "off", synchronize_seqscans: "off" },
  answerMsMax: 0,
};

/**
 * Writes each table to a file of its own, all of one snapshot, as COPY does. It locks as a read does: no message waits for it.
 * What was acknowledged before is committed, and so is in the snapshot.
 * Throws AppError `cannot_start` that says what to do, or `unavailable` when it cannot be read now.
 */
export async function dumpPostgres(url: string, folder: string, { tell, copied }: Watch): Promise<Dumped> {
  const place = shownUrl(url);
  try {
    const client = await new Servers(url).connect(USE);
    try {
      await requireInbox(new Queries(client), place);
      return await new Queries(client).inOneSnapshot(() => dumpTables(client, place, folder, tell));
    } finally {
      await client.end().catch(() => undefined);
      copied();
    }
  } catch (error) {
    throw cannotBackUp(place, error);
  }
}

async function dumpTables(client: Client, place: string, folder: string, tell: Tell): Promise<Dumped> {
  const queries = new Queries(client);
  const { version, migrations } = readSchema();
  await requireOwnSchema(queries, place, version);
  const tables = tablesOf(migrations);
  // As text a row is about as large as it lies there.
  const sizes = "SELECT sum(pg_table_size(to_regclass(name))) AS n FROM unnest($tables::text[]) AS name";
  requireRoomToCopy(folder, await queries.count(sizes, { tables }));
  const files: DumpedFile[] = [];
  for (const name of tables) files.push(await dumpTable(client, name, folder, tell));
  return {
    schema: version,
    messages: await queries.count("SELECT count(*) AS n FROM messages"),
    conflicts: await queries.count("SELECT count(*) AS n FROM conflicts"),
    files,
  };
}

/** A later one may have tables that this program does not know of. Throws AppError `cannot_start`. */
async function requireOwnSchema(queries: Queries, place: string, known: number): Promise<void> {
  const found = await queries.count("SELECT version AS n FROM lyftr_schema");
  if (found === known) return;
  throw new AppError(
    "cannot_start",
    `${place} has schema ${found}, and this lyftr backs up schema ${known}: run the lyftr that serves it`,
  );
}

async function dumpTable(client: Client, name: string, folder: string, tell: Tell): Promise<DumpedFile> {
  const queries = new Queries(client);
  const columns = await columnsOf(queries, name);
  const expected = await queries.count(`SELECT count(*) AS n FROM ${name}`);
  const doing = `copying ${name}`;
  tell(doing, 0);
  const file = `${name}.copy`;
  const path = join(folder, file);
  const digest = new Digest();
  const stream = client.query(copyTo(copyOut(name, columns)));
  let lines = 0;
  digest.on("data", (chunk: Buffer) => {
    // COPY writes a line feed within a value as \n, so that each one ends a row.
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
    tell(doing, expected === 0 ? 1 : lines / expected);
  });
  await pipeline(stream, digest, writerOf(path));
  await syncPath(path);
  if (lines !== expected)
    throw new AppError("unavailable", `the server sent ${lines} of ${expected} rows of ${name}`);
  return { name: file, sha256: digest.sha256(), table: { name, columns, rows: expected } };
}

function cannotBackUp(place: string, error: unknown): unknown {
  // The folder's disk, and not the server.
  if (error instanceof Error && "syscall" in error && "path" in error)
    return new AppError("unavailable", `the backup cannot be written: ${error.message}`, { cause: error });
  const failure = asAppError(error);
  if (failure.code !== "unavailable") return failure;
  const reason = failure.reason ?? failure.message;
  return new AppError("unavailable", `${place} cannot be read now`, { reason, cause: failure });
}
