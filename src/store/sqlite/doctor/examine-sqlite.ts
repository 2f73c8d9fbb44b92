/** What `lyftr doctor` finds of a SQLite file and of the disk that it lies on, or will lie on. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Finding } from "../../../finding.ts";
import { fileSystemFindings } from "./file-system.ts";
import { filesFindings } from "./files.ts";
import { folderFindings } from "./folder.ts";
import { syncFinding } from "./sync.ts";

export function* examineSqlite(file: string): Generator<Finding> {
  // By whichever link it is named: the journal and the logs lie beside the file itself.
  const path = existsSync(file) ? realpathSync(file) : resolve(file);
  const folder = firstThatIs(dirname(path));
  const { isWritable, findings } = folderFindings(folder, existsSync(dirname(path)));
  yield* findings;
  yield* fileSystemFindings(folder);
  if (isWritable) yield syncFinding(folder);
  yield* filesFindings(path);
}

/** The folder, or of those above it the first that is there. */
function firstThatIs(folder: string): string {
  return existsSync(folder) ? folder : firstThatIs(dirname(folder));
}
