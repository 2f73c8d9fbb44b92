/** What a benchmark found: printed, and kept in bench/results/ where that is asked for. */
import { mkdirSync, writeFileSync } from "node:fs";
import { describeMachine, type Machine } from "./machine.ts";

export interface Run {
  readonly machine: Machine;
  readonly command: string;
}

/** `script` is one of package.json, run with the arguments of this process. */
export function describeRun(script: string): Run {
  const command = `npm run ${script} -- ${process.argv.slice(2).join(" ")}`;
  return { machine: describeMachine(), command: command.trim() };
}

/** On stdout, and as saveResult does unless there is no name. */
export function tellResult<R extends Run>(report: R, name: string | undefined): void {
  console.log(JSON.stringify(report, null, 2));
  if (name !== undefined) saveResult(name, report);
}

/** As bench/results/NAME.json, and the picture, an SVG, beside it. */
export function saveResult(name: string, report: Run, picture?: string): void {
  const place = new URL(`results/${name}`, import.meta.url);
  mkdirSync(new URL(".", place), { recursive: true });
  writeFileSync(`${place.pathname}.json`, `${JSON.stringify(report, null, 2)}\n`);
  if (picture !== undefined) writeFileSync(`${place.pathname}.svg`, picture);
}
