/** What is measured as one: a server, or several processes of one service, with the database server behind them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { BenchPostgres, ServerSettings } from "../postgres/server.ts";
import { type Counters, type ServerProcess, settle } from "./process.ts";

/** The service counts 500 ms after it stored (src/store/postgres/upkeep.ts): until then it looks idle. */
const DATABASE_IDLE_LOOKS = 4;

const FOLLOWERS = fileURLToPath(new URL("followers.ts", import.meta.url));

export interface CandidateCounters {
  readonly processes: Counters;
  /** Null without a database server. */
  readonly database: Counters | null;
}

export class Candidate {
  readonly #processes: readonly ServerProcess[];
  readonly #database: BenchPostgres | null;
  /** That are open on the first process while it is measured. */
  readonly #streams: number;

  constructor(processes: readonly ServerProcess[], database: BenchPostgres | null = null, streams = 0) {
    this.#processes = processes;
    this.#database = database;
    this.#streams = streams;
  }

  get ports(): readonly number[] {
    return this.#processes.map(({ port }) => port);
  }

  /** Of the first process. */
  get port(): number {
    return this.ports[0] ?? Number.NaN;
  }

  /** Of the database server behind them; null without one. */
  get databaseUrl(): string | null {
    return this.#database?.url ?? null;
  }

  /** Runs the burst with the streams open: not while others are measured, who would pay for what these catch up with. */
  async followed<T>(burst: () => Promise<T>): Promise<T> {
    if (this.#streams === 0) return burst();
    const child = spawn(process.execPath, [FOLLOWERS, String(this.port), String(this.#streams)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    try {
      await Promise.race([
        once(child.stdout, "data"),
        exited.then(() => Promise.reject(new Error("the streams could not be opened"))),
      ]);
      return await burst();
    } finally {
      child.kill();
      await exited;
    }
  }

  /** Null where nobody can tell. */
  counters(): CandidateCounters | null {
    const each = this.#processes.map((process) => process.counters());
    const known = each.filter((counters) => counters !== null);
    if (known.length < each.length) return null;
    const sum = (of: (counters: Counters) => number): number =>
      known.reduce((total, counters) => total + of(counters), 0);
    return {
      processes: {
        cpuSeconds: sum((counters) => counters.cpuSeconds),
        bytesWritten: sum((counters) => counters.bytesWritten),
        rssBytes: sum((counters) => counters.rssBytes),
      },
      database: this.#database?.counters() ?? null,
    };
  }

  /** Null without a database server. */
  async databaseSettings(): Promise<ServerSettings | null> {
    return (await this.#database?.settings()) ?? null;
  }

  /** Waits until work that was put off is done. */
  async settle(): Promise<void> {
    await settle({
      cpuSeconds: () => {
        const counters = this.counters();
        return counters && counters.processes.cpuSeconds + (counters.database?.cpuSeconds ?? 0);
      },
      idleLooks: this.#database === null ? 1 : DATABASE_IDLE_LOOKS,
    });
  }

  /** The processes, and the database server behind them. */
  async stop(): Promise<void> {
    for (const process of this.#processes) await process.stop();
    await this.#database?.stop();
  }
}
