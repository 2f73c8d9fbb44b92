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
import { logLinesOf, startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

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

test("what fails for long behind the calls is told each time, and whether it is the same that was told", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  await database.query(
    "ALTER TABLE periods RENAME TO no_periods; ALTER TABLE forgotten RENAME TO not_forgotten",
  );
  const told = new Map<string, boolean[]>();
  await database.openWith({
    dedupeDays: 1,
    onFailure(error, again = false) {
      const table = /"(periods|forgotten)"/.exec((error as AppError).reason ?? "")?.[1] ?? String(error);
      told.set(table, [...(told.get(table) ?? []), again]);
    },
  });
  for (const table of ["periods", "forgotten"]) {
    await eventually(`${table} to be missed twice`, () => (told.get(table)?.length ?? 0) > 1 || undefined);
    assert.deepEqual(told.get(table)?.slice(0, 2), [false, true], table);
  }
  assert.equal(told.size, 2);
  await database.query(
    "ALTER TABLE no_periods RENAME TO periods; ALTER TABLE not_forgotten RENAME TO forgotten",
  );
});

test("the figure of the failures goes on while one lasts, and the log tells it once", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  await database.query("ALTER TABLE periods RENAME TO no_periods");
  const program = await startProgram(t, { cwd: tempFolder(t), env: { DATABASE_URL: database.url } });
  await eventually("the third failure", async () => {
    const metrics = await (await fetch(`${program.url}/metrics`)).text();
    return Number(/^store_failures_total (\d+)$/m.exec(metrics)?.[1]) > 2 || undefined;
  });
  assert.equal(await program.stop("SIGTERM"), 0);
  const lines = logLinesOf(program).filter(({ message }) => /failed behind/.test(String(message)));
  assert.deepEqual(
    lines.map(({ level, reason }) => [level, reason]),
    [["error", 'relation "periods" does not exist']],
  );
});
