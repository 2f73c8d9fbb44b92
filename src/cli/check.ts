import { Command } from "commander";
import { readEnvironment, readStoreLocation } from "../config.ts";
import { shownUrl } from "../postgres-url.ts";
import type { CheckStep, Difference } from "../store/check.ts";
import { checkStore } from "../store/open.ts";
import { CheckProgress } from "./check-progress.ts";
import { printable } from "./client.ts";
import { EXIT } from "./exit.ts";
import { oneLine } from "./one-line.ts";

/** The longest message_id or party is shown whole, with words around it. */
const DIFFERENCE_SHOWN_MAX = 400;

export function checkCommand(): Command {
  return new Command("check")
    .description(
      "Recount everything that is kept, and say whether it is exact; whether the service runs or not",
    )
    .option("--json", "print one JSON object")
    .action(async (flags: { readonly json?: true }) => {
      const store = readStoreLocation(readEnvironment());
      const name = store.engine === "sqlite" ? store.path : shownUrl(store.url);
      const ended: Ended[] = [];
      const progress = new CheckProgress(process.stderr);
      try {
        for await (const step of checkStore(store)) {
          progress.show(step);
          if (!hasEnded(step)) continue;
          ended.push(step);
          if (flags.json) continue;
          progress.clear();
          console.log(linesOf(step).join("\n"));
        }
      } finally {
        progress.clear();
      }
      console.log(flags.json ? printable(report(name, ended)) : verdict(name, ended));
      if (ended.some(differs)) process.exitCode = EXIT.failed;
    });
}

type Ended = CheckStep & { readonly found: NonNullable<CheckStep["found"]> };

function hasEnded(step: CheckStep): step is Ended {
  return step.found !== null;
}

function differs({ found }: Ended): boolean {
  return found.total > 0;
}

function linesOf(step: Ended): string[] {
  const { name, found } = step;
  if (!differs(step)) return [`ok       ${name}`];
  const left = found.total - found.differences.length;
  const told = [...found.differences.map(describe), ...(left > 0 ? [`and ${left} more`] : [])];
  return told.map((line) => oneLine(`DIFFERS  ${name}: ${line}`, DIFFERENCE_SHOWN_MAX));
}

function describe({ what, kept, counted }: Difference): string {
  return kept === undefined || counted === undefined
    ? what
    : `${what}: kept ${kept ?? "none"}, counted ${counted ?? "none"}`;
}

function verdict(path: string, ended: readonly Ended[]): string {
  const wrong = ended.filter(differs).length;
  if (wrong === 0) return `exact: ${path} passed ${ended.length} checks`;
  return `not exact: ${path} differs in ${wrong} of ${ended.length} checks; docs/operations.md says what to do`;
}

function report(database: string, ended: readonly Ended[]): object {
  return {
    database,
    exact: !ended.some(differs),
    checks: ended.map((step) => ({
      name: step.name,
      exact: !differs(step),
      differences: step.found.differences,
      differences_total: step.found.total,
    })),
  };
}
