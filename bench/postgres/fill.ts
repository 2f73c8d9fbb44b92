/** Fills a database with the messages of the serials 0 to `count`, and holds every figure that is kept to a recount. */
import { Client } from "pg";
import { TransferProgress } from "../../src/cli/transfer-progress.ts";
import { appendBatch } from "../../src/store/postgres/append.ts";
import { recount, RECOUNTS } from "../../src/store/postgres/check/recounts.ts";
import { COUNT_MESSAGES_MAX, countUncounted } from "../../src/store/postgres/counters.ts";
import { Queries } from "../../src/store/postgres/queries.ts";
import { readSchema } from "../../src/store/postgres/schema.ts";
import { openPostgresStore } from "../../src/store/postgres/store.ts";
import type { LoadMessage } from "../ingest/load.ts";

/** One counting each. */
const BATCH_MESSAGES = COUNT_MESSAGES_MAX;
/** For building the indexes, and for the recount; of this session alone. */
const MEMORY = "SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'";
const INDEXES = `
  SELECT indexname AS name, indexdef AS definition FROM pg_indexes
  WHERE tablename = 'messages' AND schemaname = current_schema() AND indexname <> 'messages_pkey'`;

/**
 * Through the store's own statements, with the indexes built when all is there: what takes an hour at ten million otherwise. They
 * are more compact than after years of use, as those of a SQLite file are that was filled and tidied.
 */
export async function fillPostgres(
  url: string,
  count: number,
  say: (line: string) => void,
  messageOf: (serial: number) => LoadMessage,
): Promise<void> {
  await createSchema(url);
  const { version: known } = readSchema();
  const client = new Client({ connectionString: url });
  await client.connect();
  const started = performance.now();
  const progress = new TransferProgress(process.stderr, "filling", () => performance.now());
  const seconds = (): number => Math.round((performance.now() - started) / 1000);
  try {
    await client.query(MEMORY);
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(INDEXES);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    for (let serial = 0; serial < count; serial += BATCH_MESSAGES) {
      const length = Math.min(BATCH_MESSAGES, count - serial);
      await appendBatch(
        client,
        Array.from({ length }, (_, index) => messageOf(serial + index)),
        0,
        known,
      );
      await countUncounted(client, known);
      progress.show(serial + length, (serial + length) / count);
    }
    progress.clear();
    say(`stored and counted ${count} messages in ${seconds()} s`);
    for (const { definition } of indexes) await client.query(definition);
    // As autovacuum has done by then on a server that took in as many.
    await client.query("VACUUM (ANALYZE)");
    say(`built ${indexes.length} indexes by ${seconds()} s`);
    await requireExact(client);
    say(`recounted by ${seconds()} s`);
  } finally {
    await client.end();
  }
}

/** As a first process of the service does. */
export async function createSchema(url: string): Promise<void> {
  const fail = (error: unknown): never => {
    throw error;
  };
  const store = await openPostgresStore(url, { now: Date.now, readTimeoutMs: 60_000, onFailure: fail });
  await store.close();
}

/** Throws when a figure that is kept is not what a recount finds. */
export async function requireExact(client: Client): Promise<void> {
  const queries = new Queries(client);
  for (const each of RECOUNTS) {
    const [wrong] = (await recount(queries, each)).differences;
    if (wrong !== undefined) {
      throw new Error(`${each.name}: ${wrong.what} is kept as ${wrong.kept}, but ${wrong.counted} are there`);
    }
  }
}
