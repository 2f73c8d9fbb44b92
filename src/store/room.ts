/** How much room a disk has, and whether that is enough for a copy. */
import { statfsSync } from "node:fs";
import { AppError } from "../errors.ts";

/** Left free beside a copy: a service on the same disk takes no message when less than half of it is left (sqlite/disk-room.ts). */
const BESIDE_COPY_BYTES_MIN = 64 * 1024 * 1024;

/** Bytes that this process may still write on the file system that holds a file. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** Throws AppError `unavailable` when a copy of so many bytes in the folder would leave the disk nearly full. */
export function requireRoomToCopy(folder: string, bytes: number, free = freeBytes): void {
  const [needed, there] = [bytes + BESIDE_COPY_BYTES_MIN, free(folder)];
  if (there >= needed) return;
  throw new AppError(
    "unavailable",
    `the disk of ${folder} has too little room: ${needed} bytes are needed and ${there} are free`,
  );
}
