/** SHA-256 of files, read or written as a stream: they may be larger than the memory. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Of one read: large enough that what a read costs by itself does not matter. */
const CHUNK_BYTES = 1024 * 1024;
/**
 * So much is written before the disk is made to keep it: what waits in the system's memory would be written all at once at the end,
 * and a service on the same disk would wait behind it with its own syncs.
 */
export const SYNC_EVERY_BYTES = 8 * 1024 * 1024;

/** Hands on what it is given, and knows its SHA-256. */
export class Digest extends Transform {
  bytes = 0;
  readonly #hash = createHash("sha256");

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    done(null, chunk);
  }

  /** In hex; to be asked once, at the end. */
  sha256(): string {
    return this.#hash.digest("hex");
  }
}

/** SHA-256 in hex; `tell` hears how much of the file is read, 0 to 1. */
export async function digestOfFile(path: string, tell: (share: number) => void): Promise<string> {
  const size = statSync(path).size;
  const hash = createHash("sha256");
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    hash.update(chunk as Buffer);
    read += (chunk as Buffer).length;
    tell(read / size);
  }
  return hash.digest("hex");
}

/** Writes `to`, in place of what is there, and syncs it; returns the SHA-256 of what was read. */
export async function copyFile(from: string, to: string, tell: (share: number) => void): Promise<string> {
  const size = statSync(from).size;
  const digest = new Digest();
  digest.on("data", () => tell(digest.bytes / size));
  await pipeline(createReadStream(from, { highWaterMark: CHUNK_BYTES }), digest, writerOf(to, "w"));
  await syncPath(to);
  return digest.sha256();
}

/** Writes a file that must not be there yet, unless `flags` says otherwise. Who waits for its end has to sync it. */
export function writerOf(path: string, flags: "wx" | "w" = "wx"): NodeJS.WritableStream {
  return createWriteStream(path, { flags, highWaterMark: CHUNK_BYTES });
}

/** Makes the disk keep a file, or what a folder lists. */
export async function syncPath(path: string): Promise<void> {
  // Windows cannot open a folder to sync it.
  if (process.platform === "win32" && statSync(path).isDirectory()) return;
  const handle = await open(path, process.platform === "win32" ? "r+" : "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
