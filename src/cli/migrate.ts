import { Command, Option } from "commander";
import { readEnvironment, readMove } from "../config.ts";
import { AppError } from "../errors.ts";
import { compare, type Compared } from "../move/compare.ts";
import { bringConflicts } from "../move/conflicts.ts";
import { bringErased, type BroughtErasures } from "../move/erased.ts";
import { copy } from "../move/copy.ts";
import type { Progress } from "../move/progress.ts";
import type { ReadSides } from "../move/sides.ts";
import { printable } from "./client.ts";
import { CommandError, EXIT } from "./exit.ts";
import { MigrateProgress } from "./migrate-progress.ts";
import { isWanting, linesOf, type Moved, reportOf } from "./migrate-report.ts";
import { openToRead, openToWrite } from "./migrate-sides.ts";

const GOES_ON = "what was brought stays, and the same command goes on from there";

const NO_ERASURES: BroughtErasures = { known: 0, erased: 0 };

interface Flags {
  readonly from: string;
  readonly to: string;
  readonly only?: "copy" | "compare";
  readonly json?: true;
}

export function migrateCommand(): Command {
  return new Command("migrate")
    .description("Move an inbox to another database, while the service serves, and compare the two")
    .requiredOption("--from <url>", "where the messages are, as DATABASE_URL names it")
    .requiredOption("--to <url>", "where they go, likewise; its tables are made where they are missing")
    .addOption(
      new Option("--only <phase>", "copy: compare later; compare: write nothing").choices([
        "copy",
        "compare",
      ]),
    )
    .option("--json", "print one JSON object")
    .action(async (flags: Flags) => {
      const moved = await move(flags);
      console.log(flags.json ? printable(reportOf(moved)) : linesOf(moved).join("\n"));
      if (isWanting(moved)) process.exitCode = EXIT.failed;
    });
}

async function move(flags: Flags): Promise<Moved> {
  const places = readMove(flags.from, flags.to, readEnvironment());
  const interrupted = new AbortController();
  const drawn = new MigrateProgress(process.stderr, () => performance.now());
  const progress: Progress = {
    signal: interrupted.signal,
    begin: (phase, of) => drawn.begin(phase, of),
    show: (messages) => drawn.show(messages),
  };
  const stop = (signal: string): void => {
    // A second one ends the process at once.
    for (const name of ["SIGINT", "SIGTERM"]) process.off(name, stop);
    interrupted.abort(new CommandError(EXIT.failed, `stopped by ${signal}; ${GOES_ON}`));
  };
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, stop);
  try {
    return flags.only === "compare"
      ? await onlyCompare(places, progress)
      : await copyAndCompare(places, progress, flags.only !== "copy");
  } finally {
    for (const name of ["SIGINT", "SIGTERM"]) process.off(name, stop);
    drawn.clear();
  }
}

async function onlyCompare(places: ReturnType<typeof readMove>, progress: Progress): Promise<Moved> {
  const { sides, close } = await openToRead(places);
  try {
    const compared = await compare(sides, progress);
    return {
      ...places,
      copied: null,
      compared,
      conflicts: null,
      erasures: null,
      isServed: await isServed(sides, compared),
    };
  } finally {
    await close();
  }
}

async function copyAndCompare(
  places: ReturnType<typeof readMove>,
  progress: Progress,
  isCompared: boolean,
): Promise<Moved> {
  const { sides, close } = await openToWrite(places);
  try {
    const copied = await copy(sides, progress);
    const { known, erased } = await bringErased(sides, progress);
    const compared = isCompared ? await compare(sides, progress) : null;
    // What was erased beside an arrival of the same minute shows only once that has been brought.
    const later = compared === null ? NO_ERASURES : await bringErased(sides, progress);
    const erasures = { known: Math.max(known, later.known), erased: erased + later.erased };
    const conflicts = await bringConflicts(sides, progress);
    return { ...places, copied, compared, conflicts, erasures, isServed: await isServed(sides, compared) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const reason = error.reason === undefined ? GOES_ON : `${error.reason}; ${GOES_ON}`;
    throw new AppError(error.code, error.message, { reason, cause: error });
  } finally {
    await close();
  }
}

async function isServed({ source }: ReadSides, compared: Compared | null): Promise<boolean> {
  return compared?.isLive === true || (await source.isServed());
}
