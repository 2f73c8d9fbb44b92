import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../../errors.ts";
import { knownVersion, refuseNewerSchema, type Schema, schemaVersion } from "../schema.ts";

/** Of another schema the copy could not be counted. Throws AppError `cannot_start` that says what to do. */
export function requireOwnSchema(database: DatabaseSync, path: string, schema: Schema): void {
  refuseNewerSchema(database, path, schema);
  const [found, known] = [schemaVersion(database), knownVersion(schema)];
  if (found === known) return;
  throw new AppError(
    "cannot_start",
    `${path} has schema ${found}, and this lyftr backs up schema ${known}: take the backup with the lyftr that ran on it, or start this one on it first`,
  );
}
