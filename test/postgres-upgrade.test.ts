/**
 * A newer version comes while the one before runs: stores of this program are the one before, and a store that knows a migration more
 * is the newer one.
 */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { Client } from "pg";
import { AppError } from "../src/errors.ts";
import { countUncounted } from "../src/store/postgres/counters.ts";
import { readSchema, type Schema } from "../src/store/postgres/schema.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import type { Store } from "../src/store/store.ts";
import { allOf, assertUnavailable, EVERYTHING } from "./contract/database.ts";
import { differencesOf } from "./support/differences.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, type PostgresDatabase } from "./support/postgres.ts";
import { PROJECT } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

const KNOWN = readSchema().version;
const NEXT = KNOWN + 1;
/** Messages that each store has to take before, and after. */
const MESSAGES = 60;

const LOCK = "LOCK TABLE messages, uncounted IN SHARE ROW EXCLUSIVE MODE;";
const RAISE = `UPDATE lyftr_schema SET works_with = ${NEXT};`;

/** This program's migrations, and one more. */
function nextSchema(t: TestContext, sql: string): Schema {
  const folder = tempFolder(t);
  cpSync(join(PROJECT, "migrations", "postgres"), folder, { recursive: true });
  writeFileSync(join(folder, `${String(NEXT).padStart(4, "0")}_next.sql`), sql);
  return readSchema(pathToFileURL(`${folder}/`));
}

async function openNext(t: TestContext, { url }: PostgresDatabase, schema: Schema): Promise<Store> {
  const store = await openPostgresStore(url, storeOptions(), schema);
  t.after(() => store.close());
  return store;
}

interface Load {
  readonly acknowledged: string[];
  readonly refusals: AppError[];
  /** Once as many more were taken. */
  goesOn(): Promise<void>;
  stop(): Promise<void>;
}

/** Sends to a store without pause, and asks it everything as often. */
function load(store: Store, name: string): Load {
  const acknowledged: string[] = [];
  const refusals: AppError[] = [];
  const failures: unknown[] = [];
  const stopping = new AbortController();
  const isStopped = (): boolean => stopping.signal.aborted;
  const orRefused = async (call: Promise<void>): Promise<void> => {
    try {
      await call;
    } catch (error) {
      if (error instanceof AppError && error.code === "unavailable") refusals.push(error);
      else failures.push(error);
    }
  };
  const send = async (message_id: string): Promise<void> => {
    assert.deepEqual(await store.append([sampleMessage({ message_id })]), ["created"]);
    acknowledged.push(message_id);
  };
  const ask = async (): Promise<void> => {
    const [there, last] = [acknowledged.length, acknowledged.at(-1)];
    const { total, data } = await store.find({}, EVERYTHING);
    assert.ok(total === data.length && total >= there);
    assert.ok((await store.find({ q: "hello" }, EVERYTHING)).total >= total);
    assert.ok((await store.stats()).total_messages >= total);
    if (last !== undefined) assert.equal((await store.get(last))?.message_id, last);
  };
  const sending = async (): Promise<void> => {
    for (let serial = 0; !isStopped(); serial += 1) await orRefused(send(`${name} ${serial}`));
  };
  const asking = async (): Promise<void> => {
    while (!isStopped()) await orRefused(ask());
  };
  const running = Promise.all([sending(), asking()]);
  return {
    acknowledged,
    refusals,
    async goesOn() {
      const enough = acknowledged.length + MESSAGES;
      await eventually(`${name} goes on`, () => acknowledged.length >= enough || undefined);
    },
    async stop() {
      stopping.abort();
      await running;
      assert.deepEqual(failures, []);
    },
  };
}

test("processes of the version before go on, under load, through a migration that only adds, and beside those of the next", async (t) => {
  const database = await createPostgresDatabase(t);
  const old = [await database.open(), await database.open()];
  const loads = old.map((store, index) => load(store, `old ${index}`));
  await Promise.all(loads.map((each) => each.goesOn()));

  const [before] = await database.query("SELECT works_with FROM lyftr_schema");
  const schema = nextSchema(
    t,
    `ALTER TABLE messages ADD COLUMN channel text COLLATE "C" NOT NULL DEFAULT 'sms';
     CREATE INDEX messages_by_channel ON messages (channel, ts_seconds, ts_nanos);
     CREATE TABLE labels (message_id text COLLATE "C" PRIMARY KEY, label text NOT NULL);`,
  );
  // Two at once: one of them runs the migration, and the other waits for it.
  const next = await Promise.all([openNext(t, database, schema), openNext(t, database, schema)]);
  loads.push(...next.map((store, index) => load(store, `next ${index}`)));
  await Promise.all(loads.map((each) => each.goesOn()));
  await Promise.all([...old, ...next].map((store) => store.ready()));
  await Promise.all(loads.map((each) => each.stop()));

  assert.deepEqual(
    loads.flatMap(({ refusals }) => refusals),
    [],
  );
  const acknowledged = loads.flatMap((each) => each.acknowledged).toSorted();
  for (const store of [...old, ...next]) {
    assert.deepEqual((await allOf(store)).map(({ message_id }) => message_id).toSorted(), acknowledged);
  }
  const [row] = await database.query("SELECT version, works_with FROM lyftr_schema");
  assert.deepEqual(row, { version: NEXT, ...before });
  const there = await database.query("SELECT DISTINCT channel FROM messages");
  assert.deepEqual(there, [{ channel: "sms" }]);
  assert.deepEqual(await differencesOf(database.url), []);
});

test("from a migration on that the version before does not get along with, that one stores, counts and reads nothing", async (t) => {
  const database = await createPostgresDatabase(t);
  const old = await database.openWith({ onFailure: () => undefined });
  const before = load(old, "old");
  await before.goesOn();
  const next = await openNext(t, database, nextSchema(t, LOCK + RAISE));
  await eventually("the old one is refused", () => before.refusals.length > MESSAGES || undefined);
  await before.stop();
  for (const { message, reason } of before.refusals) {
    assert.equal(message, "the store is not available now");
    assert.match(
      reason ?? "",
      new RegExp(`works with lyftr of schema ${NEXT} and newer, not with ${KNOWN}: run a newer lyftr`),
    );
  }
  await assertUnavailable(old.ready());
  await assertUnavailable(old.get("old 0"));
  await assertUnavailable(old.get("nothing"));
  await assertUnavailable(old.timeline({ bucket: "day", limit: 10 }));
  assert.deepEqual(
    (await allOf(next)).map(({ message_id }) => message_id).toSorted(),
    before.acknowledged.toSorted(),
    "whatever was acknowledged is there, and nothing else",
  );

  await next.close();
  const client = new Client({ connectionString: database.url });
  t.after(() => client.end());
  await client.connect();
  await client.query("INSERT INTO uncounted SELECT ts_seconds, sender, recipient FROM messages LIMIT 3");
  assert.equal(await countUncounted(client, KNOWN), 0);
  assert.equal(await countUncounted(client, NEXT), 3);
});

test("a batch that waits for such a migration is refused when it is over", async (t) => {
  const database = await createPostgresDatabase(t);
  const old = await database.openWith({ onFailure: () => undefined });
  await old.append([sampleMessage()]);
  const migration = new Client({ connectionString: database.url });
  t.after(() => migration.end());
  await migration.connect();
  await migration.query(`BEGIN; ${LOCK}`);
  const waiting = assertUnavailable(old.append([sampleMessage({ message_id: "m2" })]));
  await eventually("the batch waits", async () => {
    const rows = await database.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'lyftr append' AND wait_event_type = 'Lock'",
    );
    return rows.length > 0 || undefined;
  });
  await migration.query(`${RAISE} COMMIT`);
  await waiting;
  const ids = await database.query("SELECT message_id FROM messages");
  assert.deepEqual(ids, [{ message_id: "m1" }]);
});

test("what the version before cannot even ask any more is told as a schema beyond it, not as a fault", async (t) => {
  const database = await createPostgresDatabase(t);
  const old = await database.openWith({ onFailure: () => undefined });
  await old.append([sampleMessage()]);
  await openNext(
    t,
    database,
    nextSchema(t, `${LOCK} ${RAISE} ALTER TABLE messages RENAME COLUMN text TO body;`),
  );
  await assertUnavailable(old.append([sampleMessage()]));
  await assertUnavailable(old.get("m1"));
  await assertUnavailable(old.find({}, EVERYTHING));
});
