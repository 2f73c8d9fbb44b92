/** A server under measurement as a process of its own: its start, its counters, its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import manifest from "../../package.json" with { type: "json" };

/** What `npm start` gives to node, and so every server here gets. */
export const NODE_FLAGS = manifest.scripts.start.split(" ").filter((word) => word.startsWith("--"));

/** Kernel clock ticks a second in /proc/<pid>/stat; 100 on every Linux in use (man 5 proc). */
const TICKS_PER_SECOND = 100;
/** What may be used and still counts as idle: one tick in the time of a look. */
const IDLE_LOOK_MS = 200;
const SETTLE_LOOKS_MAX = 150;

export interface Counters {
  readonly cpuSeconds: number;
  readonly bytesWritten: number;
  readonly rssBytes: number;
}

/** What waits for work that was put off, such as indexing: its cost belongs to what caused it. */
export interface Settling {
  /** Null where nobody can tell. */
  readonly cpuSeconds: () => number | null;
  /** So many looks in a row, since what waits for a timer looks idle. */
  readonly idleLooks: number;
}

export async function settle({ cpuSeconds, idleLooks }: Settling): Promise<void> {
  let before = cpuSeconds();
  let idle = 0;
  for (let look = 0; look < SETTLE_LOOKS_MAX && idle < idleLooks && before !== null; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, IDLE_LOOK_MS));
    const now = cpuSeconds();
    // Both are added up from ticks: a little more than one is one.
    idle = now === null || now - before < 1.5 / TICKS_PER_SECOND ? idle + 1 : 0;
    before = now;
  }
}

/** Of a process on Linux; null elsewhere. `children`: with those that it started and that have ended. */
export function readCounters(pid: number, children: "with children" | "alone" = "alone"): Counters | null {
  if (process.platform !== "linux") return null;
  // The fields behind the command's name, which may hold spaces: 12 and 13 are utime and stime, 14 and 15 the children's.
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
  const ticks = stat.slice(11, children === "alone" ? 13 : 15).map(Number);
  const written = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1];
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  return {
    cpuSeconds: ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND,
    bytesWritten: Number(written),
    rssBytes: Number(rss) * 1024,
  };
}

export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess | null;

  private constructor(port: number, child: ChildProcess | null) {
    this.port = port;
    this.#child = child;
  }

  /** Resolves when the server's log says where it listens. */
  static async start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const child = spawn(process.execPath, [...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      let output = "";
      child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
        if (output === "done") return;
        output += chunk;
        const found = /"url":"http:\/\/[^"]+:(\d+)"/.exec(output)?.[1];
        if (found === undefined) return;
        output = "done";
        resolve(Number(found));
      });
      child.once("exit", (code) =>
        reject(new Error(`${args.join(" ")} ended with ${String(code)} before it listened`)),
      );
    });
    return new ServerProcess(port, child);
  }

  /** A server that was started by others: its rate and latencies can be measured, its counters not. */
  static running(url: string): ServerProcess {
    return new ServerProcess(Number(new URL(url).port), null);
  }

  /** Of a process of ours on Linux; null elsewhere. */
  counters(): Counters | null {
    const pid = this.#child?.pid;
    return pid === undefined ? null : readCounters(pid);
  }

  /** Waits until work that was put off is done. */
  async settle(): Promise<void> {
    await settle({ cpuSeconds: () => this.counters()?.cpuSeconds ?? null, idleLooks: 1 });
  }

  async stop(): Promise<void> {
    if (this.#child === null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}
