/** The files of the messages, each engine's and the peer's, made where they are not there yet. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../ingest/candidates.ts";
import { prefill } from "../ingest/prefill.ts";
import type { Load } from "./load.ts";
import { fillPeer } from "./peer-file.ts";

/** Messages that tell one load from another. */
const FINGERPRINT_MESSAGES = 200;
const MIGRATIONS = new URL("../../migrations/", import.meta.url);
/** What SQLite and the service's lock leave beside a file. */
const BESIDE = ["-wal", "-shm", ".lock"];

export interface Size {
  /** Such as `10k`. */
  readonly label: string;
  readonly load: Load;
}

/** What `startOn` starts: a SQLite file, or the data folder of a PostgreSQL server. */
export function fileOf(
  engine: Engine,
  folder: string,
  size: Size,
  say: (line: string) => void,
): Promise<string> {
  return engine === "sqlite" ? serviceFile(folder, size, say) : postgresData(folder, size, say);
}

/** All that the messages take, with their indexes; nobody has the file open. */
export async function bytesOf(engine: Engine, path: string): Promise<number> {
  if (engine === "sqlite") return statSync(path).size;
  const { BenchPostgres } = await import("../postgres/server.ts");
  const server = await BenchPostgres.start(path);
  try {
    const [row] = await server.ask("SELECT pg_database_size(current_database()) AS bytes");
    return Number(row?.["bytes"]);
  } finally {
    await server.stop();
  }
}

function serviceFile(folder: string, size: Size, say: (line: string) => void): Promise<string> {
  return made(join(folder, `lyftr-${nameOf(size, "sqlite")}.db`), `${size.label} messages`, say, (path) =>
    prefill(path, size.load.messages, say, size.load.message),
  );
}

/** The data folder of a PostgreSQL server, which is stopped. */
async function postgresData(folder: string, size: Size, say: (line: string) => void): Promise<string> {
  const { BenchPostgres } = await import("../postgres/server.ts");
  const { fillPostgres } = await import("../postgres/fill.ts");
  // The server runs as a user of its own when this runs as root.
  chmodSync(folder, 0o711);
  const path = join(folder, `postgres-${nameOf(size, "postgres")}`);
  return made(path, `${size.label} messages in PostgreSQL`, say, async (part) => {
    const server = await BenchPostgres.start(part);
    try {
      await fillPostgres(server.url, size.load.messages, say, size.load.message);
    } finally {
      await server.stop();
    }
  });
}

export function peerFile(folder: string, size: Size, say: (line: string) => void): Promise<string> {
  const path = join(folder, `peer-${nameOf(size, "sqlite")}.db`);
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
  for (const rest of ["", ...BESIDE]) rmSync(part + rest, { force: true, recursive: true });
  await make(part);
  renameSync(part, path);
  for (const rest of BESIDE) rmSync(part + rest, { force: true });
  return path;
}

/** A kept file of another load or schema has another name. */
function nameOf({ label, load }: Size, engine: Engine): string {
  const hash = createHash("sha256");
  const migrations = new URL(`${engine}/`, MIGRATIONS);
  for (const name of readdirSync(migrations).toSorted()) hash.update(readFileSync(new URL(name, migrations)));
  for (let index = 0; index < FINGERPRINT_MESSAGES; index += 1)
    hash.update(JSON.stringify(load.message(Math.floor((index * load.messages) / FINGERPRINT_MESSAGES))));
  return `${label}-${hash.digest("hex").slice(0, 8)}`;
}
