import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { DatabaseSync } from "node:sqlite";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly sqlite: string;
  readonly commit: string;
  readonly date: string;
}

/** What every figure must be read with. A `+` behind the commit tells of changes that are not in it. */
export function describeMachine(): Machine {
  const database = new DatabaseSync(":memory:");
  const sqlite = String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
  database.close();
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    sqlite,
    commit:
      git("rev-parse", "--short", "HEAD") +
      (git("status", "--porcelain", "--", "src", "bench/*.ts") === "" ? "" : "+"),
    date: new Date().toISOString().slice(0, 10),
  };
}

function git(...args: string[]): string {
  return execFileSync("git", args, { encoding: "utf8" }).trim();
}
