/** What the benchmarks fill PostgreSQL with is what they say, and what they measure beside the service does what it should. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pool } from "pg";
import { naiveIngest } from "../bench/ingest/naive-postgres.ts";
import { createSchema, fillPostgres, requireExact } from "../bench/postgres/fill.ts";
import { createLoad } from "../bench/read/load.ts";
import { hitsOf } from "../bench/read/needles.ts";
import { type PostgresDatabase, createPostgresDatabase } from "./support/postgres.ts";

const MESSAGES = 3_000;
const INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname";
const load = createLoad(MESSAGES);
const silent = (): void => undefined;

/** Throws when a kept figure is not what a recount finds. */
async function recounted({ url }: PostgresDatabase): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1 });
  const client = await pool.connect();
  try {
    await requireExact(client);
  } finally {
    client.release();
    await pool.end();
  }
}

test("a filled database has every message, exact figures and the indexes of the migrations", async (t) => {
  const [filled, empty] = [await createPostgresDatabase(t), await createPostgresDatabase(t)];
  await createSchema(empty.url);
  await fillPostgres(filled.url, MESSAGES, silent, load.message);
  await recounted(filled);
  assert.deepEqual(await filled.query(INDEXES), await empty.query(INDEXES));

  const store = await filled.open();
  const [planted] = load.needles.frequent;
  assert.ok(planted);
  const page = { limit: 1, offset: 0, order: "asc" } as const;
  assert.equal((await store.find({ q: planted.needle }, page)).total, hitsOf(planted, MESSAGES));
  assert.equal((await store.stats()).total_messages, MESSAGES);
});

test("a wrong figure is told", async (t) => {
  const database = await createPostgresDatabase(t);
  await fillPostgres(database.url, 100, silent, load.message);
  await database.query("UPDATE totals SET messages = messages + 1");
  await assert.rejects(recounted(database), /messages is kept as 101, but 100 are there/);
});

test("the naive insert stores each message once, and counts it with it", async (t) => {
  const database = await createPostgresDatabase(t);
  await createSchema(database.url);
  const pool = new Pool({ connectionString: database.url, max: 10 });
  const messages = Array.from({ length: 200 }, (_, serial) => load.message(serial));
  const [counted, uncounted] = [naiveIngest(pool, true), naiveIngest(pool, false)];
  const outcomes = await Promise.all([...messages, ...messages].map((each) => counted.submit(each, 1)));
  assert.equal(outcomes.filter((outcome) => outcome === "created").length, messages.length);
  // It keeps all figures but one.
  await database.query("UPDATE totals SET senders = (SELECT count(*) FROM parties WHERE sent > 0)");
  await recounted(database);

  assert.equal(await uncounted.submit(load.message(200), 1), "created");
  assert.equal(await uncounted.submit(load.message(200), 1), "duplicate");
  await pool.end();
  await assert.rejects(recounted(database), /messages is kept as 200, but 201 are there/);
});
