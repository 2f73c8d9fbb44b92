/**
 * A primary and its synchronous standby, both real servers, that change places:
 *
 *   primary ──▶ standby      lose()     the primary is gone as if its machine were
 *      ✗        standby      promote()  the standby is the primary, and waits for nobody
 *   standby ◀── primary      rebuild()  the lost one is made anew, and follows
 */
import { chownSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "./eventually.ts";
import { copyData, letServersIn, type PostgresServer, startPostgresServer } from "./postgres-server.ts";
import { askDatabase } from "./ask-database.ts";

const DATABASE = "lyftr";
const NAMES = ["a", "b"] as const;
/** Write-ahead log for the time in which the standby is made and not there yet. */
const KEPT_LOG = "256MB";

export class Pair {
  readonly #folder: string;
  #primary: PostgresServer;
  #standby: PostgresServer | undefined;
  #former: PostgresServer | undefined;
  /** Of the primary. */
  #name: (typeof NAMES)[number] = "a";
  readonly #ports = new Map<string, number>();
  #log = "";

  private constructor(folder: string, primary: PostgresServer) {
    this.#folder = folder;
    this.#primary = primary;
    this.#ports.set("a", primary.port);
  }

  /** Both, in a folder that this makes. */
  static async start(folder: string): Promise<Pair> {
    mkdirSync(folder, { recursive: true });
    for (const way of [dirname(folder), folder]) letServersIn(way);
    const primary = await startPostgresServer(join(folder, "a"), { wal_keep_size: KEPT_LOG });
    const pair = new Pair(folder, primary);
    await pair.ask(`CREATE DATABASE ${DATABASE}`, "postgres");
    await pair.rebuild();
    return pair;
  }

  /** Names both hosts, in the same order whichever is the primary. */
  get url(): string {
    const hosts = NAMES.map((name) => `127.0.0.1:${this.#ports.get(name) ?? 0}`).join();
    return this.#primary.urlOf(DATABASE).replace(/127\.0\.0\.1:\d+/, hosts);
  }

  /** The primary alone. */
  get primaryUrl(): string {
    return this.#primary.urlOf(DATABASE);
  }

  get primary(): PostgresServer {
    return this.#primary;
  }

  /** What was the primary before promote. */
  get former(): PostgresServer {
    if (this.#former === undefined) throw new Error("nobody was promoted");
    return this.#former;
  }

  /** All that both have logged. */
  log(): string {
    return this.#log + this.#primary.log() + (this.#standby?.log() ?? "");
  }

  ask(sql: string, database = DATABASE): Promise<Record<string, unknown>[]> {
    return askDatabase(this.#primary.urlOf(database), sql);
  }

  /** `kill -9`, of the first process; the others end with it. */
  async lose(): Promise<void> {
    await this.#primary.stop("kill");
  }

  /** After lose, unless two primaries are what is to be tried. As an operator does it: the promoted one must not wait for a standby that it does not have. */
  async promote(): Promise<void> {
    const standby = this.#standby;
    if (standby === undefined) throw new Error("there is no standby to promote");
    this.#log += this.#primary.log();
    this.#former = this.#primary;
    this.#primary = standby;
    this.#standby = undefined;
    this.#name = this.#other;
    await this.ask("SELECT pg_promote()", "postgres");
    await this.#waitForStandby("");
  }

  /** A copy of the primary, which is stopped for as long as that takes; then each commit waits for it. */
  async rebuild(): Promise<void> {
    const name = this.#other;
    const folder = join(this.#folder, name);
    await this.#primary.stop("fast");
    this.#former = undefined;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    const own = join(this.#folder, this.#name);
    copyData(own, folder);
    const signal = join(folder, "standby.signal");
    writeFileSync(signal, "");
    const { uid, gid } = statSync(folder);
    chownSync(signal, uid, gid);
    await this.#primary.start();
    const { hostname, port, password, username } = new URL(this.#primary.urlOf(DATABASE));
    const following = `host=${hostname} port=${port} user=${username} password='${decodeURIComponent(password)}'`;
    this.#standby = await startPostgresServer(
      folder,
      { primary_conninfo: following, wal_keep_size: KEPT_LOG },
      this.#ports.get(name),
    );
    this.#ports.set(name, this.#standby.port);
    await this.#waitForStandby("*");
    await eventually("the standby follows", async () => {
      const rows = await this.ask("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'");
      return rows.length > 0 || undefined;
    });
  }

  async stop(): Promise<void> {
    const servers = [this.#primary, this.#standby, this.#former].filter((server) => server !== undefined);
    await Promise.all(servers.map((server) => server.stop("end")));
  }

  get #other(): (typeof NAMES)[number] {
    return this.#name === "a" ? "b" : "a";
  }

  async #waitForStandby(names: string): Promise<void> {
    await this.ask(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`, "postgres");
    await this.ask("SELECT pg_reload_conf()", "postgres");
  }
}
