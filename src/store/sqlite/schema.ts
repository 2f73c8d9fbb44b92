import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../errors.ts";

const MIGRATIONS_FOLDER = new URL("../../../migrations/sqlite/", import.meta.url);
const MIGRATION_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** "Lyft" in ASCII; marks the file as ours (sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x4c796674;

interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** The schema that this program knows: the number of its newest migration. */
export function knownVersion(): number {
  return readMigrations().length;
}

export function schemaVersion(database: DatabaseSync): number {
  return pragma(database, "user_version");
}

/**
 * Throws AppError `cannot_start` for another program's database. Asked before anything is set on the connection:
 * even `journal_mode` is written into the file.
 */
export function refuseForeignFile(database: DatabaseSync, path: string): void {
  const id = pragma(database, "application_id");
  const isEmpty = pragma(database, "schema_version") === 0;
  if (id === APPLICATION_ID || (id === 0 && isEmpty)) return;
  throw new AppError(
    "cannot_start",
    `${path} is a database of another program; name a new file in DATABASE_URL`,
  );
}

/**
 * Brings the file to the known schema, each migration in a transaction of its own, so that one cut short starts over.
 * Throws AppError `cannot_start` for a newer schema, which is left as it is.
 */
export function migrate(database: DatabaseSync, path: string): void {
  const migrations = readMigrations();
  const version = schemaVersion(database);
  if (version > migrations.length) {
    throw new AppError(
      "cannot_start",
      `${path} has schema ${version}, but this lyftr knows schemas up to ${migrations.length}: run a newer lyftr`,
    );
  }
  for (const migration of migrations.slice(version)) {
    database.exec("BEGIN IMMEDIATE");
    database.exec(migration.sql);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migration.version}`);
    database.exec("COMMIT");
  }
}

function readMigrations(): Migration[] {
  const names = readdirSync(MIGRATIONS_FOLDER).toSorted();
  return names.map((name, index) => {
    const version = Number(MIGRATION_NAME.exec(name)?.[1]);
    if (version !== index + 1) throw new Error(`migrations/sqlite/${name}: expected number ${index + 1}`);
    return { version, sql: readFileSync(new URL(name, MIGRATIONS_FOLDER), "utf8") };
  });
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
