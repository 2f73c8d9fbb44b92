import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../errors.ts";

const MIGRATION_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** What a kind of file holds. */
export interface Schema {
  /** Its numbered migrations. */
  readonly folder: URL;
  /** Marks a file as one of this kind (sqlite.org/pragma.html#pragma_application_id). */
  readonly applicationId: number;
}

/** "Lyft" and "Lyfj" in ASCII. */
export const MAIN_SCHEMA: Schema = {
  folder: new URL("../../../migrations/sqlite/", import.meta.url),
  applicationId: 0x4c796674,
};
export const JOURNAL_SCHEMA: Schema = {
  folder: new URL("../../../migrations/sqlite-journal/", import.meta.url),
  applicationId: 0x4c79666a,
};

interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** The schema that this program knows: the number of its newest migration. */
export function knownVersion(schema: Schema): number {
  return readMigrations(schema).length;
}

export function schemaVersion(database: DatabaseSync): number {
  return pragma(database, "user_version");
}

/**
 * Throws AppError `cannot_start` for another program's database. Asked before anything is set on the connection:
 * even `journal_mode` is written into the file.
 */
export function refuseForeignFile(database: DatabaseSync, path: string, schema: Schema): void {
  const id = pragma(database, "application_id");
  const isEmpty = pragma(database, "schema_version") === 0;
  if (id === schema.applicationId || (id === 0 && isEmpty)) return;
  throw new AppError(
    "cannot_start",
    `${path} is a database of another program; name a new file in DATABASE_URL`,
  );
}

/** Throws AppError `cannot_start` for a schema that only a newer program knows. */
export function refuseNewerSchema(database: DatabaseSync, path: string, schema: Schema): void {
  const [version, known] = [schemaVersion(database), knownVersion(schema)];
  if (version <= known) return;
  throw new AppError(
    "cannot_start",
    `${path} has schema ${version}, but this lyftr knows schemas up to ${known}: run a newer lyftr`,
  );
}

/**
 * Brings the file to the known schema, each migration in a transaction of its own, so that one cut short starts over.
 * Throws AppError `cannot_start` for a newer schema, which is left as it is.
 */
export function migrate(database: DatabaseSync, path: string, schema: Schema): void {
  refuseNewerSchema(database, path, schema);
  for (const migration of readMigrations(schema).slice(schemaVersion(database))) {
    database.exec("BEGIN IMMEDIATE");
    database.exec(migration.sql);
    database.exec(
      `PRAGMA application_id = ${schema.applicationId}; PRAGMA user_version = ${migration.version}`,
    );
    database.exec("COMMIT");
  }
}

function readMigrations({ folder }: Schema): Migration[] {
  const names = readdirSync(folder).toSorted();
  return names.map((name, index) => {
    const version = Number(MIGRATION_NAME.exec(name)?.[1]);
    if (version !== index + 1) throw new Error(`${folder.pathname}${name}: expected number ${index + 1}`);
    return { version, sql: readFileSync(new URL(name, folder), "utf8") };
  });
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
