import { Command } from "commander";
import { type Config, readConfig, readEnvironment } from "../config.ts";
import { examine } from "../doctor/examine.ts";
import { AppError } from "../errors.ts";
import { fail, type Finding, type Verdict } from "../finding.ts";
import { printable } from "./client.ts";
import { EXIT } from "./exit.ts";
import { oneLine } from "./one-line.ts";

/** A path of the longest kind, with words around it. */
const LINE_SHOWN_MAX = 1_000;
const WIDTH = "warn".length;

interface Flags {
  readonly json?: true;
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "Look at settings, disk, clock, data and database, and say what to do; beside the service or without it",
    )
    .option("--json", "print one JSON object")
    .action(async ({ json }: Flags) => {
      const findings: Finding[] = [];
      const show = (finding: Finding): void => {
        findings.push(finding);
        if (!json) console.log(linesOf(finding).join("\n"));
      };
      const config = configOr(show);
      if (config !== null) for await (const finding of examine(config, Date.now)) show(finding);
      console.log(json ? printable(report(findings)) : `\n${summary(findings)}`);
      if (worst(findings) === "fail") process.exitCode = config === null ? EXIT.usage : EXIT.failed;
    });
}

/** Null when the service would not start with these settings: then nothing else can be looked at. */
function configOr(show: (finding: Finding) => void): Config | null {
  try {
    const config = readConfig(readEnvironment());
    show({ subject: "settings", verdict: "ok", says: "the service starts with them" });
    return config;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "cannot_start") throw error;
    // The first line is a heading; each of the others is one wrong setting.
    for (const line of error.message.split("\n").slice(1)) {
      show(fail("settings", line.trim(), "docs/settings.md says what it may be"));
    }
    return null;
  }
}

function linesOf({ verdict, subject, says, advice }: Finding): string[] {
  const first = oneLine(`${verdict.padEnd(WIDTH)}  ${subject}: ${says}`, LINE_SHOWN_MAX);
  return advice === undefined
    ? [first]
    : [first, oneLine(`${" ".repeat(WIDTH)}  → ${advice}`, LINE_SHOWN_MAX)];
}

function worst(findings: readonly Finding[]): Verdict {
  const verdicts = new Set(findings.map(({ verdict }) => verdict));
  return verdicts.has("fail") ? "fail" : verdicts.has("warn") ? "warn" : "ok";
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Verdict): number => findings.filter((one) => one.verdict === verdict).length;
  return `${findings.length} looked at: ${count("ok")} ok, ${count("warn")} warn, ${count("fail")} fail`;
}

function report(findings: readonly Finding[]): object {
  return {
    verdict: worst(findings),
    findings: findings.map(({ subject, verdict, says, advice }) => ({
      subject,
      verdict,
      says,
      advice: advice ?? null,
    })),
  };
}
