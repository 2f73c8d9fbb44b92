/** What a backup is: the files that its manifest names, each as the manifest says, and no backup without a manifest. */
import { hash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError, type Failure } from "../errors.ts";
import type { KeptBackup } from "../store/backup.ts";
import { createValidator } from "../validate.ts";

export const MANIFEST_NAME = "manifest.json";
/** A newer one could mean what this program does not know of. */
const FORMAT = 1;

export interface Manifest extends Omit<KeptBackup, "folder"> {
  readonly format: number;
  readonly engine: "sqlite" | "postgres";
  /** The version of the program that made it. */
  readonly lyftr: string;
  /** RFC 3339: all that was acknowledged before it is in the backup. */
  readonly began_at: string;
}

const count = { type: "integer", minimum: 0 } as const;
const word = { type: "string", minLength: 1 } as const;
const table = {
  type: "object",
  required: ["name", "columns", "rows"],
  properties: { name: word, columns: { type: "array", items: word, minItems: 1 }, rows: count },
} as const;
const file = {
  type: "object",
  required: ["name", "sha256", "bytes"],
  // A name, and no path: it is looked for in the folder of the backup and nowhere else.
  properties: {
    name: { type: "string", pattern: "^[a-z0-9][a-z0-9._-]*$" },
    sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
    bytes: count,
    table,
  },
} as const;
const validate = createValidator<Manifest>(
  {
    type: "object",
    required: ["format", "engine", "lyftr", "schema", "began_at", "messages", "conflicts", "files"],
    properties: {
      format: { const: FORMAT },
      engine: { enum: ["sqlite", "postgres"] },
      lyftr: word,
      schema: { type: "integer", minimum: 1 },
      began_at: { type: "string", format: "date-time" },
      messages: count,
      conflicts: count,
      files: { type: "array", items: file, minItems: 1 },
    },
  },
  MANIFEST_NAME,
);

/** For people to read; its last member is the hash of all the others. */
export function writtenManifest(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, sha256: digestOf(manifest) }, null, 2)}\n`;
}

/** Throws AppError `cannot_start` that names the file and says what is wrong with it. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST_NAME);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new AppError("cannot_start", `${folder} is no folder: name one that lyftr backup made`);
  const { sha256, ...manifest } = parse(path);
  const { format } = manifest;
  if (typeof format === "number" && format > FORMAT) {
    throw new AppError(
      "cannot_start",
      `${path} is of a newer lyftr (format ${format}): restore it with that`,
    );
  }
  // The hash first: what was changed since could be wrong anywhere.
  if (sha256 !== digestOf(manifest)) throw damaged(path, "it is not as it was written");
  const failures: Failure[] = [];
  const valid = validate(manifest, failures);
  if (valid !== null) return valid;
  throw damaged(path, failures.map(({ name, problem }) => `${name}: ${problem}`).join("; "));
}

function parse(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "is not there"
        : `cannot be read: ${String(error)}`;
    throw new AppError(
      "cannot_start",
      `${path} ${why}: a folder without it is no backup, or one that was cut off`,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, without what was read.
  }
  throw damaged(path, "it is no JSON object, or was cut short");
}

function digestOf(manifest: object): string {
  return hash("sha256", JSON.stringify(manifest), "hex");
}

export function damaged(path: string, why: string): AppError {
  return new AppError("cannot_start", `${path} is damaged: ${why}; restore another backup`);
}
