/** What an idle process still does, how it is seen, and what it does not do without what it stands on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { AppError } from "../src/errors.ts";
import { openMoveReader } from "../src/store/open.ts";
import { appendBatch } from "../src/store/postgres/append.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

test("what a process left uncounted is counted by one that nobody sends anything", async (t) => {
  const database = await createPostgresDatabase(t);
  const idle = await database.open();
  await idle.append([sampleMessage()]);
  const uncounted = (): Promise<number> =>
    database.query("SELECT FROM uncounted").then((rows) => rows.length);
  await eventually("its own is counted", async () => (await uncounted()) === 0 || undefined);
  const gone = new Client({ connectionString: database.url });
  await gone.connect();
  await appendBatch(gone, [sampleMessage({ message_id: "m2" })], 0, readSchema().version);
  await gone.end();
  assert.equal(await uncounted(), 1);
  await eventually("the other's is counted too", async () => (await uncounted()) === 0 || undefined);
  assert.equal((await idle.stats()).total_messages, 2);
});

test("a service is seen by a move also where its URL gives the connections another name", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await openPostgresStore(`${database.url}?application_name=inbox`, storeOptions());
  const reader = await openMoveReader({ engine: "postgres", url: database.url });
  t.after(() => reader.close());
  await eventually("it is seen", async () => (await reader.isServed()) || undefined);
  await store.close();
  await eventually("it is gone", async () => !(await reader.isServed()) || undefined);
});

test("without the key that keeps each id once, nothing is stored, in place of twice", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  await database.query("ALTER TABLE messages DROP CONSTRAINT messages_pkey");
  await assert.rejects(store.append([sampleMessage()]), (error) => error instanceof AppError);
  assert.equal((await database.query("SELECT FROM messages")).length, 1);
});
