import { table } from "table";
import type { Proof, ProofResult } from "./proof.ts";

export interface Verdict {
  readonly proof: Proof;
  readonly result: ProofResult;
  readonly seconds: number;
}

const WRAPPED_CHARACTERS = 36;
/** Of each proof; thousands that broke alike would hide the others. */
const BROKEN_SHOWN_MAX = 20;

/** A table of all verdicts, and then each broken promise in words. */
export function summarize(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ proof, result, seconds }) => [
    proof.name,
    proof.promise,
    result.rounds,
    result.acknowledged,
    result.broken.length === 0 ? "held" : `broken ${result.broken.length}`,
    Math.round(seconds),
    Object.entries(result.figures)
      .map(([name, figure]) => `${name}: ${figure}`)
      .join("\n"),
  ]);
  const head = ["proof", "promise", "rounds", "acknowledged", "result", "seconds", "figures"];
  const columns = { 1: { width: WRAPPED_CHARACTERS, wrapWord: true } };
  const broken = verdicts.flatMap(({ proof, result }) => {
    const shown = result.broken.slice(0, BROKEN_SHOWN_MAX).map((words) => `${proof.name}: ${words}\n`);
    const others = result.broken.length - shown.length;
    return others > 0 ? [...shown, `${proof.name}: and ${others} more\n`] : shown;
  });
  return `${table([head, ...rows], { columns })}${broken.join("")}`;
}
