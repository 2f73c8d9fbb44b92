import { readFileSync } from "node:fs";

/** The rest of the files that the process may open is for the store, the database and the log. */
const SHARE_OF_OPEN_FILES = 0.75;

/** How many connections there may be where so many were asked for, and the process may open so many files. */
export function connectionsWithin(asked: number, openFiles = openFilesMax()): number {
  return Math.min(asked, Math.floor(openFiles * SHARE_OF_OPEN_FILES));
}

/** What `ulimit -n` says of this process, which Node has raised as far as it may; Infinity where the system does not tell. */
function openFilesMax(): number {
  if (process.platform !== "linux") return Infinity;
  const said = /^Max open files +(\d+) /m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
  return said === undefined ? Infinity : Number(said);
}
