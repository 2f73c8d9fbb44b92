import { type CheckStep, Findings } from "../../check.ts";
import { cannotRead, isDamage, sqliteResultCode } from "../failure.ts";
import { checkConflicts } from "./conflicts.ts";
import { checkErased } from "./erased.ts";
import { checkIntegrity } from "./integrity.ts";
import { type KeptFile, openKeptFile } from "./kept-file.ts";
import { checkParts } from "./parts.ts";
import { RECOUNTS, recount } from "./recounts.ts";
import { checkSearch } from "./search.ts";
import { checkShortNeedles } from "./short-needles.ts";
import { checkTexts } from "./texts.ts";

/** Adds what it finds; one that takes long yields how much of it is done, 0 to 1. */
type Run = (file: KeptFile, found: Findings) => Iterable<number> | void;

interface Check {
  readonly name: string;
  readonly run: Run;
}

const CHECKS: readonly Check[] = [
  { name: "SQLite's own integrity check", run: checkIntegrity },
  ...RECOUNTS.map((each): Check => ({
    name: each.name,
    run({ queries }, found) {
      for (const difference of recount(queries, each)) found.add(difference);
    },
  })),
  { name: "texts folded for the search", run: checkTexts },
  { name: "conflicts and the messages that they refer to", run: checkConflicts },
  { name: "ids of erased messages", run: checkErased },
  { name: "parts of the search index", run: checkParts },
  { name: "trigrams of the search index", run: checkSearch },
  { name: "texts with each one or two characters", run: checkShortNeedles },
];

/** The file as it is open now. */
interface Opened {
  readonly path: string;
  file: KeptFile;
}

/** Recounts all that the main file keeps. Throws AppError as openKeptFile does. */
export function* checkFile(path: string): Generator<CheckStep, void> {
  const opened: Opened = { path, file: openKeptFile(path) };
  try {
    for (const [index, check] of CHECKS.entries()) {
      const step = { name: check.name, number: index + 1, of: CHECKS.length };
      const shares = findingsOf(check, opened);
      let next = shares.next();
      for (; next.done !== true; next = shares.next()) yield { ...step, share: next.value, found: null };
      yield { ...step, share: 1, found: next.value };
    }
  } finally {
    opened.file.close();
  }
}

/** When the service is started or erases something meanwhile: once more, on the file opened anew. */
function* findingsOf(check: Check, opened: Opened): Generator<number, Findings> {
  for (;;) {
    const found = new Findings();
    const erasures = erasuresOf(opened);
    yield 0;
    yield* sharesOf(check, opened, found);
    if (opened.file.isOfOneMoment() && erasuresOf(opened) === erasures) return found;
    opened.file.close();
    opened.file = openKeptFile(opened.path);
  }
}

/** Null in a file too damaged to tell. */
function erasuresOf({ file }: Opened): number | null {
  try {
    return file.queries.count("SELECT erasures AS n FROM watermark");
  } catch {
    return null;
  }
}

/** A file too damaged to be counted differs; where it cannot be read now, there is nothing to say about it. */
function* sharesOf({ run }: Check, { path, file }: Opened, found: Findings): Generator<number> {
  try {
    yield* run(file, found) ?? [];
  } catch (error) {
    if (!file.isOfOneMoment()) return;
    if (!isDamage(error)) throw sqliteResultCode(error) === null ? error : cannotRead(path, error);
    found.add({ what: `it cannot be counted: ${error.message}` });
  }
}
