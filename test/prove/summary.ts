import { table } from "table";
import type { Proof, ProofResult } from "./proof.ts";

export interface Verdict {
  readonly proof: Proof;
  readonly result: ProofResult;
  readonly seconds: number;
}

const WRAPPED_CHARACTERS = 36;

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
  const broken = verdicts.flatMap(({ proof, result }) =>
    result.broken.map((words) => `${proof.name}: ${words}\n`),
  );
  return `${table([head, ...rows], { columns })}${broken.join("")}`;
}
