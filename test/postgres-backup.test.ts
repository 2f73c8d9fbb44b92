/** Whatever the schema of PostgreSQL holds is in a backup. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tablesOf } from "../src/store/postgres/backup/tables.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { createPostgresDatabase } from "./support/postgres.ts";

test("every table of the catalog is copied, but for the number of the schema, which the manifest has", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  const tables = await database.query(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'f')",
  );
  assert.deepEqual(
    tables.map(({ name }) => String(name)).toSorted(),
    [...tablesOf(readSchema().migrations), "lyftr_schema"].toSorted(),
  );
});

test("nothing else has data of its own: a sequence or a large object would have to be copied too", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  assert.deepEqual(
    await database.query(
      "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
    ),
    [],
  );
  assert.deepEqual(await database.query("SELECT oid FROM pg_largeobject_metadata"), []);
});

test("a table has the column `one` exactly where it has a row from the beginning", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  for (const table of tablesOf(readSchema().migrations)) {
    const [{ n, one } = {}] = await database.query(
      `SELECT (SELECT count(*) FROM ${table}) AS n,
         EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attname = 'one') AS one`,
    );
    assert.equal(Number(n) > 0, one, table);
  }
});
