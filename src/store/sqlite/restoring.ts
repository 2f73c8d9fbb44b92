/** A restore that was cut off leaves a file beside the place where the main file belongs, by which a start knows of it. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../errors.ts";
import { realPlace } from "./real-place.ts";

/** What a restore writes; it gets the main file's name once it is whole. */
export function partOf(real: string): string {
  return `${real}.restoring`;
}

/** The file of a restore that runs or was cut off, in whose place nothing is yet; null without one. */
export function unfinishedRestore(path: string): string | null {
  if (!existsSync(dirname(path))) return null;
  const real = realPlace(path);
  const part = partOf(real);
  return existsSync(part) && isNothing(real) ? part : null;
}

export const WHAT_TO_DO = "run lyftr restore again, or remove it to start with an empty inbox";

/** So that nobody takes an empty inbox for the restored one. Throws AppError `cannot_start`. */
export function refuseUnfinishedRestore(path: string): void {
  const part = unfinishedRestore(path);
  if (part === null) return;
  throw new AppError("cannot_start", `${part} is of a restore that was not finished: ${WHAT_TO_DO}`);
}

function isNothing(real: string): boolean {
  return (statSync(real, { throwIfNoEntry: false })?.size ?? 0) === 0;
}
