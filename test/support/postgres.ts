/** A real PostgreSQL server for the tests of one file: started when the first test asks for a database, and ended with the last. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { openPostgresStore } from "../../src/store/postgres/store.ts";
import type { Store, StoreOptions } from "../../src/store/store.ts";
import type { Database, KeptConflict } from "../contract/database.ts";
import { askDatabase } from "./ask-database.ts";
import { type PostgresServer, startPostgresServer } from "./postgres-server.ts";
import { storeOptions } from "./store-options.ts";

export interface PostgresDatabase extends Database {
  readonly url: string;
  readonly server: PostgresServer;
  /** Opens the engine with other options than the usual. */
  openWith(options: Partial<StoreOptions>): Promise<Store>;
  /** Past the engine. */
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

let starting: Promise<PostgresServer> | undefined;
let databases = 0;

/** One server for all tests of the file. */
export function sharedServer(): Promise<PostgresServer> {
  return (starting ??= startServer());
}

after(async () => {
  if (starting !== undefined) await (await starting).stop("end");
});

/** An empty database, and what opens the engine on it. Stores left open are closed with the test. */
export async function createPostgresDatabase(
  t: TestContext,
  server?: PostgresServer,
  create = "",
): Promise<PostgresDatabase> {
  const on = server ?? (await sharedServer());
  databases += 1;
  const name = `test_${databases}`;
  await askDatabase(on.urlOf("postgres"), `CREATE DATABASE ${name} ${create}`);
  const url = on.urlOf(name);
  const stores: Store[] = [];
  t.after(() => Promise.all(stores.map((store) => store.close())));
  const openWith = async (options: Partial<StoreOptions>): Promise<Store> => {
    const store = await openPostgresStore(url, { ...storeOptions(), ...options });
    stores.push(store);
    return store;
  };
  return {
    url,
    server: on,
    openWith,
    open: (now = Date.now, options = {}) => openWith({ now, ...options }),
    query: (sql, values) => askDatabase(url, sql, values),
    conflicts: async () => (await askDatabase(url, "SELECT * FROM conflicts")).map(conflictOf),
  };
}

/** A server of the test's own, to be stopped and started again. */
export async function startServerFor(t: TestContext): Promise<PostgresServer> {
  const server = await startServer();
  t.after(() => server.stop("end"));
  return server;
}

async function startServer(): Promise<PostgresServer> {
  return startPostgresServer(mkdtempSync(join(tmpdir(), "lyftr-postgres-")));
}

function conflictOf(row: Record<string, unknown>): KeptConflict {
  return {
    message_id: String(row["message_id"]),
    first: Buffer.from(row["first_hash"] as Uint8Array).toString("hex"),
    later: Buffer.from(row["later_hash"] as Uint8Array).toString("hex"),
    differs: String(row["differs"]).split(","),
    firstMs: Number(row["first_ms"]),
    lastMs: Number(row["last_ms"]),
    times: Number(row["times"]),
  };
}
