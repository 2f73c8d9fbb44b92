/** What a start on PostgreSQL refuses, and says: what to do, and never the password. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import { createPostgresDatabase, sharedServer } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

/** A port at which nobody listens. */
const NOBODY = "127.0.0.1:9";

async function refusal(url: string): Promise<string> {
  const opening = openPostgresStore(url, storeOptions());
  const refused: unknown = await opening.then(
    async (store) => {
      await store.close();
      return null;
    },
    (error: unknown) => error,
  );
  assert.ok(refused instanceof AppError && refused.code === "cannot_start", String(refused));
  assert.doesNotMatch(refused.message, /only( |%20)for( |%20)tests|hunter2/);
  return refused.message;
}

test("a newer schema is refused by its number, and left as it is; one that works with this program is not turned away", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  // What a newer version does while this one still runs.
  const known = readSchema().version;
  const newer = known + 1;
  await database.query("UPDATE lyftr_schema SET version = $1", [newer]);
  await store.ready();
  assert.deepEqual(await store.append([sampleMessage()]), ["duplicate"]);
  assert.match(
    await refusal(database.url),
    new RegExp(`schema ${newer}, but this lyftr knows schemas up to ${known}: run a newer lyftr`),
  );
  assert.deepEqual(await database.query("SELECT version FROM lyftr_schema"), [{ version: newer }]);

  await database.query("UPDATE lyftr_schema SET works_with = $1", [newer]);
  await assert.rejects(store.ready(), new RegExp(`the schema is ${newer}, not ${known}`));
});

test("a database with tables of another program is refused, and left as it is", async (t) => {
  const database = await createPostgresDatabase(t);
  await database.query("CREATE TABLE messages (id integer)");
  assert.match(await refusal(database.url), /tables of another program.*"messages".*name an empty database/);
  const tables = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  assert.deepEqual(tables, [{ tablename: "messages" }]);
});

test("a database that is not in UTF-8 is refused", async (t) => {
  const database = await createPostgresDatabase(
    t,
    undefined,
    "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'",
  );
  assert.match(await refusal(database.url), /SQL_ASCII.*ENCODING 'UTF8'/);
});

test("who may not create the extension is told who may", async (t) => {
  const database = await createPostgresDatabase(t);
  await database.query("CREATE ROLE limited LOGIN PASSWORD 'hunter2'");
  await database.query("GRANT CREATE ON SCHEMA public TO limited");
  const url = database.url.replace(/\/\/[^@]*@/, "//limited:hunter2@");
  assert.match(await refusal(url), /pg_trgm.*administrator.*CREATE EXTENSION pg_trgm/);
  await database.query("CREATE EXTENSION pg_trgm");
  const store = await openPostgresStore(url, storeOptions());
  try {
    assert.deepEqual(await store.append([sampleMessage()]), ["created"]);
  } finally {
    await store.close();
  }
});

test("a wrong password, a missing database and a server that is not there are told apart", async () => {
  const server = await sharedServer();
  const wrong = server.urlOf("postgres").replace(/\/\/[^@]*@/, "//postgres:hunter2@");
  assert.match(await refusal(wrong), /password authentication failed.*check user and password/);
  assert.match(await refusal(server.urlOf("missing")), /"missing" does not exist.*create the database/);
  assert.match(
    await refusal(`postgres://u:hunter2@${NOBODY}/d`),
    /cannot open postgres:\/\/127\.0\.0\.1:9\/d: .*ECONNREFUSED/,
  );
});

test("of several hosts the one that serves is found", async (t) => {
  const database = await createPostgresDatabase(t);
  const own = `127.0.0.1:${database.server.port}`;
  for (const hosts of [`${NOBODY},${own}`, `${own},${NOBODY}`, `${NOBODY},${NOBODY},${own}`]) {
    const store = await openPostgresStore(database.url.replace(own, hosts), storeOptions());
    t.after(() => store.close());
    await store.append([sampleMessage()]);
    await store.ready();
    assert.deepEqual(await store.get("m1"), sampleMessage());
  }
  assert.match(
    await refusal(database.url.replace(own, `${NOBODY},${NOBODY}`)),
    /ECONNREFUSED.*; .*ECONNREFUSED/,
  );
});
