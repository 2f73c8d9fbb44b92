import { mkdirSync, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../errors.ts";
import type { Dumped, DumpedFile, KeptFileOfBackup, Tell } from "../store/backup.ts";
import { digestOfFile, syncPath } from "../store/digest.ts";
import { VERSION } from "../version.ts";
import { type Manifest, MANIFEST_NAME, writtenManifest } from "./manifest.ts";

/** A backup that is being made. */
export interface Making {
  readonly engine: Manifest["engine"];
  /** Writes its files into the folder. */
  readonly dump: (folder: string) => Promise<Dumped>;
  readonly tell: Tell;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Makes the folder `target`, whole or not at all: what is being made has another name, and gets this one when all of it is verified
 * and synced. Throws AppError when something is there already, or what `dump` throws; then nothing is left.
 */
export async function writeBackup(target: string, { engine, dump, tell, now }: Making): Promise<Manifest> {
  const path = resolve(target);
  refuseExisting(path);
  makeParent(path);
  removeLeft(dirname(path));
  const part = `${path}${partOf(process.pid)}`;
  mkdirSync(part, { mode: 0o700 });
  try {
    const began_at = new Date(now()).toISOString();
    const { files, ...dumped } = await dump(part);
    const kept: KeptFileOfBackup[] = [];
    for (const file of files) kept.push(await keep(part, file, tell));
    const manifest: Manifest = { format: 1, engine, lyftr: VERSION, began_at, ...dumped, files: kept };
    const manifestPath = join(part, MANIFEST_NAME);
    writeFileSync(manifestPath, writtenManifest(manifest), { mode: 0o600 });
    await syncPath(manifestPath);
    await syncPath(part);
    refuseExisting(path);
    renameSync(part, path);
    await syncPath(dirname(path));
    return manifest;
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
}

/** What is on the disk, and that it is what was written. */
async function keep(folder: string, file: DumpedFile, tell: Tell): Promise<KeptFileOfBackup> {
  const path = join(folder, file.name);
  await syncPath(path);
  const sha256 = await digestOfFile(path, (share) => tell(`reading ${file.name} again`, share));
  if (file.sha256 !== undefined && file.sha256 !== sha256)
    throw new AppError("unavailable", `${path} is not what was written to it: look at the disk`);
  return { ...file, sha256, bytes: statSync(path).size };
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new AppError(
    "cannot_start",
    `${path} is there already, and no backup is written over: name another folder`,
  );
}

function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new AppError("cannot_start", `${dirname(path)} cannot be made: ${String(error)}`, { cause: error });
  }
}

/** What backups to the same place left that were killed on this machine, whatever they were named. */
function removeLeft(folder: string): void {
  const infix = partOf("");
  for (const name of readdirSync(folder)) {
    const at = name.lastIndexOf(infix);
    if (at === -1) continue;
    const pid = Number(name.slice(at + infix.length));
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** The pid means something on its own machine only. */
function partOf(pid: number | ""): string {
  return `.partial-${hostname()}-${pid}`;
}

function isAlive(pid: number): boolean {
  // Its own number was another's before.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
