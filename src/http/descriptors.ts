import { readFileSync } from "node:fs";

/** What `ulimit -n` says of this process, which Node has raised as far as it may; Infinity where the system does not tell. */
export function openFilesMax(): number {
  if (process.platform !== "linux") return Infinity;
  const said = /^Max open files +(\d+) /m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
  return said === undefined ? Infinity : Number(said);
}
