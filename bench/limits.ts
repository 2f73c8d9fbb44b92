/**
 * `npm run bench:limits`: what on a PostgreSQL server can be done by one process at a time, and what a message takes there. From
 * these, docs/scaling.md calculates where more processes and more cores stop helping.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { appendBatch } from "../src/store/postgres/append.ts";
import { countUncounted } from "../src/store/postgres/counters.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { createMessage, createRandom } from "./ingest/load.ts";
import { createSchema, requireExact } from "./postgres/fill.ts";
import { BenchPostgres } from "./postgres/server.ts";
import { describeRun, tellResult } from "./result.ts";

/** As ingest makes them under load. */
const BATCH_MESSAGES = 100;
/** As the upkeep does under load (src/store/postgres/upkeep.ts). */
const TIDIED_EACH_MESSAGES = 5_000;

const { values: flags } = parseArgs({
  options: {
    messages: { type: "string", default: "500000" },
    save: { type: "boolean", default: false },
  },
});
const messages = Number(flags.messages);
if (!(messages >= TIDIED_EACH_MESSAGES))
  throw new Error(`--messages is a number from ${TIDIED_EACH_MESSAGES}`);

const folder = mkdtempSync(join(tmpdir(), "lyftr-bench-"));
// The database server runs as a user of its own when this runs as root.
chmodSync(folder, 0o711);
const server = await BenchPostgres.start(join(folder, "data"));
try {
  await createSchema(server.url);
  tellResult(await measure(), flags.save ? "postgres-limits" : undefined);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function measure() {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    const wal = await walPosition(client);
    const seconds = await storeAll(client);
    const logged = await client.query<{ n: string }>("SELECT pg_current_wal_lsn() - $1::pg_lsn AS n", [wal]);
    const bytes = Number(logged.rows[0]?.n);
    await requireExact(client);
    await client.query("VACUUM (ANALYZE)");
    const rate = (each: number): number => Math.round(messages / each);
    return {
      ...describeRun("bench:limits"),
      settings: { messages, batch_messages: BATCH_MESSAGES, tidied_each_messages: TIDIED_EACH_MESSAGES },
      database: await server.settings(),
      messages_a_second: {
        "stored, over one connection": rate(seconds.store),
        "counted, by one process at a time": rate(seconds.count),
        "put in their place in the search index, by one process at a time": rate(seconds.tidy),
      },
      bytes_a_message: { "write-ahead log": Math.round(bytes / messages), ...(await sizes(client)) },
    };
  } finally {
    await client.end();
  }
}

async function storeAll(client: Client): Promise<Record<"store" | "count" | "tidy", number>> {
  const { version } = readSchema();
  const random = createRandom(1);
  const seconds = { store: 0, count: 0, tidy: 0 };
  const timed = async (what: keyof typeof seconds, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    seconds[what] += (performance.now() - started) / 1000;
  };
  for (let serial = 0; serial < messages; serial += BATCH_MESSAGES) {
    const batch = Array.from({ length: BATCH_MESSAGES }, (_, index) => createMessage(serial + index, random));
    await timed("store", () => appendBatch(client, batch, 0, version));
    if ((serial + BATCH_MESSAGES) % TIDIED_EACH_MESSAGES !== 0) continue;
    await timed("count", () => countUncounted(client, version));
    await timed("tidy", () => client.query("SELECT gin_clean_pending_list('messages_by_letters')"));
  }
  return seconds;
}

async function walPosition(client: Client): Promise<string> {
  const { rows } = await client.query<{ at: string }>("SELECT pg_current_wal_lsn()::text AS at");
  return rows[0]?.at ?? "";
}

/** Of the table messages and each of its indexes, and of all that is kept beside it. */
async function sizes(client: Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; bytes: string }>(`
    SELECT relname AS name, pg_relation_size(pg_class.oid) AS bytes FROM pg_class
    LEFT JOIN pg_index ON indexrelid = pg_class.oid
    WHERE relname = 'messages' OR indrelid = 'messages'::regclass ORDER BY 2 DESC`);
  const known = rows.map(({ name, bytes }): [string, number] => [name, Math.round(Number(bytes) / messages)]);
  return Object.fromEntries(known);
}
