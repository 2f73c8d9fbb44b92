/** Which tables a backup holds, and how COPY writes and reads them. */
import type { Queries } from "../queries.ts";
import type { Schema } from "../schema.ts";

/** At the start of a line: so the migrations are written. */
const CREATE_TABLE = /^CREATE TABLE (?:IF NOT EXISTS )?([a-z_]+)/gm;

/** Every table that the migrations make, so that none is forgotten (test/postgres-backup.test.ts holds it to the catalog). */
export function tablesOf(migrations: Schema["migrations"]): string[] {
  return migrations.flatMap(({ sql }) => [...sql.matchAll(CREATE_TABLE)].map(([, name = ""]) => name));
}

/** All but what the server makes of others by itself, and what is of this server alone: numbers of its transactions. */
export async function columnsOf(queries: Queries, table: string): Promise<string[]> {
  const rows = await queries.rows(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = to_regclass($table) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
       AND atttypid <> 'xid8'::regtype ORDER BY attnum`,
    { table },
  );
  return rows.map(({ name }) => String(name));
}

export function copyOut(table: string, columns: readonly string[]): string {
  return `COPY ${quoted(table)} (${columns.map(quoted).join(", ")}) TO STDOUT`;
}

export function copyIn(table: string, columns: readonly string[]): string {
  return `COPY ${quoted(table)} (${columns.map(quoted).join(", ")}) FROM STDIN`;
}

/** From a manifest that anyone may have written. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
