import { readdirSync, readFileSync } from "node:fs";
import type { Client } from "pg";
import { AppError } from "../../errors.ts";
import { describeFailure, stateOf } from "./failure.ts";
import { Queries } from "./queries.ts";

const MIGRATION_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;
const FOLDER = new URL("../../../migrations/postgres/", import.meta.url);

/** Of the advisory locks that everybody in a database shares: "lyft" in ASCII, and what is locked. */
const LOCKS = 0x6c796674;
const MIGRATION_LOCK = 1;
export const UPKEEP_LOCK = `${LOCKS}, 2`;
/** Shared by all who erase, for as long as they do. */
export const ERASING_LOCK = `${LOCKS}, 3`;
/** Of who erases by age. */
export const EXPIRY_LOCK = `${LOCKS}, 4`;

/** As server_version_num. The first in which whoever owns a database may create pg_trgm. */
export const SERVER_VERSION_MIN = 130_000;

/** duplicate_table: the database is not empty, and not ours. */
const DUPLICATE_TABLE = "42P07";
/** feature_not_supported, insufficient_privilege, undefined_file: an extension that is not there or may not be created. */
const EXTENSION_STATES = new Set(["0A000", "42501", "58P01"]);

/** `works_with`: see works-with.ts. */
const CREATE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS lyftr_schema (
    one        integer PRIMARY KEY CHECK (one = 1),
    version    integer NOT NULL,
    works_with integer NOT NULL
  );
  INSERT INTO lyftr_schema VALUES (1, 0, 1) ON CONFLICT DO NOTHING`;

interface SchemaVersion {
  readonly version: number;
  readonly worksWith: number;
}

interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** What a program knows. */
export interface Schema {
  /** The number of its newest migration. */
  readonly version: number;
  readonly migrations: readonly Migration[];
}

/**
 * Brings the database to the known schema, each migration in a transaction of its own; of many processes that start at once, one
 * runs it and the others wait. Throws AppError `cannot_start` for a newer schema, which is left as it is.
 */
export async function migrate(client: Client, place: string, { migrations }: Schema): Promise<void> {
  await requireServer(client, place);
  const queries = new Queries(client);
  for (;;) {
    const found = await readVersion(queries);
    const { version = 0 } = found ?? {};
    if (version > migrations.length) throw newerSchema(version, migrations.length, place);
    if (found !== null && version === migrations.length) return;
    try {
      await runNext(client, migrations);
    } catch (error) {
      throw migrationFailure(error, place);
    }
  }
}

/** Throws AppError `unavailable` when the schema is older than this program, or one that it does not get along with. */
export async function requireSchema(queries: Queries, known: number): Promise<void> {
  const found = await readVersion(queries);
  if (found !== null && found.version >= known && found.worksWith <= known) return;
  throw new AppError("unavailable", `the schema is ${found?.version ?? "missing"}, not ${known}`);
}

/** That whoever only reads finds an inbox there. Throws AppError `cannot_start` that names the place and says what to do. */
export async function requireInbox(queries: Queries, place: string): Promise<void> {
  const [found, known] = [await readVersion(queries), readSchema().version];
  if (found !== null && found.worksWith > known) throw newerSchema(found.version, known, place);
  if (found !== null && found.version >= known) return;
  const holds =
    found === null ? "holds no inbox" : `has schema ${found.version}, which is older than ${known}`;
  const advice = "start the service of this version on it once, which brings it there";
  throw new AppError("cannot_start", `${place} ${holds}: ${advice}`);
}

/**
 * Makes the schema of a version, in the transaction that the connection is in, once `prepare` has made room for it: whoever
 * migrates waits until that ends. Throws AppError `cannot_start` where it cannot be made.
 */
export async function makeSchema(
  client: Client,
  place: string,
  version: number,
  prepare: () => Promise<void>,
): Promise<void> {
  await requireServer(client, place);
  await lockMigrations(client);
  await prepare();
  try {
    await client.query(CREATE_SCHEMA);
    for (const { sql } of readSchema().migrations.slice(0, version)) await client.query(sql);
    await client.query("UPDATE lyftr_schema SET version = $1", [version]);
  } catch (error) {
    throw migrationFailure(error, place);
  }
}

/** Until the transaction ends. */
export async function lockMigrations(client: Client): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${LOCKS}, ${MIGRATION_LOCK})`);
}

/** The migration that is due once the lock is held: another process may have run it meanwhile. */
async function runNext(client: Client, migrations: readonly Migration[]): Promise<void> {
  // A failure needs no ROLLBACK: its connection is given up (connections.ts).
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${LOCKS}, ${MIGRATION_LOCK}); ${CREATE_SCHEMA}`);
  const { version = 0 } = (await readVersion(new Queries(client))) ?? {};
  const next = migrations[version];
  if (next !== undefined) {
    await client.query(next.sql);
    await client.query("UPDATE lyftr_schema SET version = $1", [next.version]);
  }
  await client.query("COMMIT");
}

/** Whether the schema can be made and searched there. */
async function requireServer(client: Client, place: string): Promise<void> {
  const { rows } = await client.query<{ encoding: string; version: number }>(
    `SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::integer AS version`,
  );
  const { encoding = "", version = 0 } = rows[0] ?? {};
  if (version < SERVER_VERSION_MIN) {
    throw new AppError("cannot_start", `${place} is served by an older PostgreSQL than 13: upgrade it`);
  }
  if (encoding !== "UTF8") {
    throw new AppError("cannot_start", `${place} is encoded in ${encoding}: create it with ENCODING 'UTF8'`);
  }
}

function newerSchema(version: number, known: number, place: string): AppError {
  return new AppError(
    "cannot_start",
    `${place} has schema ${version}, but this lyftr knows schemas up to ${known}: run a newer lyftr`,
  );
}

/** Null where there is no inbox yet. */
export async function readVersion(queries: Queries): Promise<SchemaVersion | null> {
  const there = await queries.row("SELECT to_regclass('lyftr_schema') IS NOT NULL AS there");
  if (there?.["there"] !== true) return null;
  const row = await queries.row("SELECT version, works_with FROM lyftr_schema");
  return row === undefined ? null : { version: Number(row["version"]), worksWith: Number(row["works_with"]) };
}

/** Without lyftr_schema, tables with our names are not ours. */
export function tablesOfAnother(place: string, said: string): AppError {
  return new AppError(
    "cannot_start",
    `${place} holds tables of another program (${said}): name an empty database`,
  );
}

function migrationFailure(error: unknown, place: string): unknown {
  const state = stateOf(error);
  const said = describeFailure(error);
  if (state === DUPLICATE_TABLE) return tablesOfAnother(place, said);
  if (state !== undefined && EXTENSION_STATES.has(state)) {
    const advice =
      "lyftr searches with the extension pg_trgm: have an administrator run CREATE EXTENSION pg_trgm there";
    return new AppError("cannot_start", `${place}: ${said}. ${advice}`);
  }
  return error;
}

/** `folder`: ends in a slash, and holds nothing but migrations, numbered without a gap. */
export function readSchema(folder = FOLDER): Schema {
  const names = readdirSync(folder).toSorted();
  const migrations = names.map((name, index) => {
    const version = Number(MIGRATION_NAME.exec(name)?.[1]);
    if (version !== index + 1) throw new Error(`${folder.pathname}${name}: expected number ${index + 1}`);
    return { version, sql: readFileSync(new URL(name, folder), "utf8") };
  });
  return { version: migrations.length, migrations };
}
