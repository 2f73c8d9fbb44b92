/** The files of the messages, the service's and the peer's, made where they are not there yet. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { prefill } from "../ingest/prefill.ts";
import type { Load } from "./load.ts";
import { fillPeer } from "./peer-file.ts";

/** Messages that tell one load from another. */
const FINGERPRINT_MESSAGES = 200;
const MIGRATIONS = new URL("../../migrations/sqlite/", import.meta.url);
/** What SQLite and the service's lock leave beside a file. */
const BESIDE = ["-wal", "-shm", ".lock"];

export interface Size {
  /** Such as `10k`. */
  readonly label: string;
  readonly load: Load;
}

export function serviceFile(folder: string, size: Size, say: (line: string) => void): Promise<string> {
  return made(join(folder, `lyftr-${nameOf(size)}.db`), `${size.label} messages`, say, (path) =>
    prefill(path, size.load.messages, say, size.load.message),
  );
}

export function peerFile(folder: string, size: Size, say: (line: string) => void): Promise<string> {
  const path = join(folder, `peer-${nameOf(size)}.db`);
  return made(path, `${size.label} messages for the peer`, say, (path) => fillPeer(path, size.load));
}

/** Whole or not at all: what was broken off is begun again. */
async function made(
  path: string,
  what: string,
  say: (line: string) => void,
  make: (path: string) => Promise<void>,
): Promise<string> {
  if (existsSync(path)) {
    say(`${what}: ${path} is there`);
    return path;
  }
  say(`${what}: making ${path}`);
  const part = `${path}.part`;
  for (const rest of ["", ...BESIDE]) rmSync(part + rest, { force: true });
  await make(part);
  renameSync(part, path);
  for (const rest of BESIDE) rmSync(part + rest, { force: true });
  return path;
}

/** A kept file of another load or schema has another name. */
function nameOf({ label, load }: Size): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(MIGRATIONS).toSorted()) hash.update(readFileSync(new URL(name, MIGRATIONS)));
  for (let index = 0; index < FINGERPRINT_MESSAGES; index += 1)
    hash.update(JSON.stringify(load.message(Math.floor((index * load.messages) / FINGERPRINT_MESSAGES))));
  return `${label}-${hash.digest("hex").slice(0, 8)}`;
}
