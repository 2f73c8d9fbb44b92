import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Tell } from "../store/backup.ts";
import { digestOfFile } from "../store/digest.ts";
import { damaged, type Manifest, readManifest } from "./manifest.ts";

/** Reads every file of a backup. Throws AppError `cannot_start` that names the file that is missing or not as it was written. */
export async function readBackup(
  folder: string,
  tell: Tell,
): Promise<Manifest & { readonly folder: string }> {
  const path = resolve(folder);
  const manifest = readManifest(path);
  for (const { name, bytes, sha256 } of manifest.files) {
    const file = join(path, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) throw damaged(file, "it is missing");
    if (stat.size !== bytes) throw damaged(file, `it has ${stat.size} bytes, and was written with ${bytes}`);
    const found = await digestOfFile(file, (share) => tell(`verifying ${name}`, share));
    if (found !== sha256) throw damaged(file, "its bytes are not those that were written (SHA-256)");
  }
  return { ...manifest, folder: path };
}
