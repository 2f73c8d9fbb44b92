/** The tables of a database as SQL, read from the catalog of the server: what pg_dump does for the little that is needed here. */
import { askDatabase } from "./ask-database.ts";

const TABLES = `
  SELECT oid, relname AS name, reloptions FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname`;

const COLUMNS = `
  SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) || CASE
      WHEN attcollation NOT IN (0, typcollation) THEN ' COLLATE ' || quote_ident(collname) ELSE '' END
    || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
    || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') AS definition
  FROM pg_attribute
  JOIN pg_type ON pg_type.oid = atttypid
  LEFT JOIN pg_collation ON pg_collation.oid = attcollation
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

const CONSTRAINTS = `
  SELECT 'CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE conrelid = $1 AND contype IN ('p', 'c', 'u') ORDER BY conname`;

const INDEXES = `
  SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index
  WHERE indrelid = $1 AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1`;

/** For an empty database of a server with pg_trgm, as one simple query. */
export async function dumpOf(url: string): Promise<string> {
  const lines = ["CREATE EXTENSION pg_trgm;"];
  for (const { oid, name, reloptions } of await askDatabase(url, TABLES)) {
    const columns = await askDatabase(url, COLUMNS, [oid]);
    const parts = [
      ...columns.map((column) => `${String(column["name"])} ${String(column["definition"])}`),
      ...(await askDatabase(url, CONSTRAINTS, [oid])).map(({ definition }) => String(definition)),
    ];
    const options = Array.isArray(reloptions) ? ` WITH (${reloptions.join(", ")})` : "";
    lines.push("", `CREATE TABLE ${String(name)} (\n  ${parts.join(",\n  ")}\n)${options};`);
    lines.push(
      ...(await rowsOf(
        url,
        String(name),
        columns.map((column) => String(column["name"])),
      )),
    );
    const indexes = await askDatabase(url, INDEXES, [oid]);
    lines.push(...indexes.map(({ definition }) => `${String(definition)};`));
  }
  return `${lines.join("\n")}\n`;
}

async function rowsOf(url: string, table: string, columns: readonly string[]): Promise<string[]> {
  const values = columns.map((column) => `quote_nullable(${column}::text)`).join(" || ', ' || ");
  const rows = await askDatabase(url, `SELECT ${values} AS row FROM ${table} ORDER BY 1`);
  if (rows.length === 0) return [];
  const each = rows.map(({ row }) => `  (${String(row)})`);
  return [`INSERT INTO ${table} (${columns.join(", ")}) VALUES`, `${each.join(",\n")};`];
}
