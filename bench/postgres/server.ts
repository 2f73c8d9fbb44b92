/** A PostgreSQL server of a benchmark's own, with its data on the same disk as all else that is measured. */
import { readdirSync, readFileSync } from "node:fs";
import { Client } from "pg";
import { type PostgresServer, startPostgresServer } from "../../test/support/postgres-server.ts";
import { type Counters, readCounters } from "../ingest/process.ts";

/**
 * What operators set before anything else; all else is the server's own choice. None of it makes a commit wait for less.
 *
 *   shared_buffers  the indexes that every message writes to stay in memory: 128 MB are too few for a million messages
 *   max_wal_size    else a checkpoint every gigabyte, after which each page is written whole once more
 */
const SETTINGS = { shared_buffers: "512MB", max_wal_size: "4GB" };

/** Told with every figure, whether they were set or not. */
const TOLD = [
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "wal_sync_method",
  "shared_buffers",
  "max_wal_size",
  "checkpoint_timeout",
  "wal_compression",
  "autovacuum",
  "work_mem",
];
const DATABASE = "lyftr";

export interface ServerSettings {
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
}

export class BenchPostgres {
  readonly #server: PostgresServer;

  private constructor(server: PostgresServer) {
    this.#server = server;
  }

  /** On a data folder that is there, or a new one with an empty database. Whoever runs the server has to reach the folder. */
  static async start(folder: string): Promise<BenchPostgres> {
    const server = new BenchPostgres(await startPostgresServer(folder, SETTINGS));
    const there = await server.ask("SELECT FROM pg_database WHERE datname = $1", [DATABASE], "postgres");
    if (there.length === 0) await server.ask(`CREATE DATABASE ${DATABASE}`, [], "postgres");
    return server;
  }

  get url(): string {
    return this.#server.urlOf(DATABASE);
  }

  async ask(sql: string, values: unknown[] = [], database = DATABASE): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.#server.urlOf(database) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async settings(): Promise<ServerSettings> {
    const rows = await this.ask(
      "SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY ($1) ORDER BY name",
      [["server_version", ...TOLD]],
    );
    const values = rows.map(({ name, value }): [string, string] => [String(name), String(value)]);
    const { server_version: version = "", ...settings } = Object.fromEntries(values);
    return { version, settings };
  }

  /** Of the first process and of all that it started, those that have ended included. Null where nobody can tell. */
  counters(): Counters | null {
    const first = this.#server.pid();
    const all = [
      readCounters(first, "with children"),
      ...childrenOf(first).map((pid) => {
        try {
          return readCounters(pid);
        } catch {
          // It has ended meanwhile, and counts for the first one from now on.
          return null;
        }
      }),
    ].filter((counters) => counters !== null);
    if (all.length === 0) return null;
    const sum = (of: (counters: Counters) => number): number =>
      all.reduce((total, each) => total + of(each), 0);
    return {
      cpuSeconds: sum((each) => each.cpuSeconds),
      bytesWritten: sum((each) => each.bytesWritten),
      rssBytes: sum((each) => each.rssBytes),
    };
  }

  async stop(): Promise<void> {
    await this.#server.stop("fast");
  }
}

function childrenOf(parent: number): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The fields behind the command's name, which may hold spaces: the second is the parent.
      const found = readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)?.split(" ")[1];
      return Number(found) === parent ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
