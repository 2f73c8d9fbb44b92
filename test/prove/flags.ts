import { parseArgs } from "node:util";
import { anySeed } from "../support/random.ts";
import type { Proof } from "./proof.ts";

export interface Flags {
  readonly help: boolean;
  readonly seed: number;
  /** Of every proof; its own number when undefined. */
  readonly rounds: number | undefined;
  readonly proofs: readonly Proof[];
}

/** Throws an Error that says which flag is wrong. */
export function readFlags(args: readonly string[], proofs: readonly Proof[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string" },
      seed: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  const names = proofs.map(({ name }) => name);
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: known are ${names.join(", ")}`);
  return {
    help: values.help,
    seed: values.seed === undefined ? anySeed() : wholeNumber("--seed", values.seed, 0),
    rounds: values.rounds === undefined ? undefined : wholeNumber("--rounds", values.rounds, 1),
    proofs: values.only.length === 0 ? proofs : proofs.filter(({ name }) => values.only.includes(name)),
  };
}

function wholeNumber(flag: string, value: string, least: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || !Number.isSafeInteger(number))
    throw new Error(`${flag} must be a whole number from ${least}, not "${value}"`);
  return number;
}

export function usage(proofs: readonly Proof[]): string {
  const lines = proofs.map(
    ({ name, promise, rounds }) => `  ${name.padEnd(10)} ${promise} (${rounds} rounds)`,
  );
  return `npm run prove -- [--rounds N] [--seed N] [--only NAME]… [--help]

  --rounds N   rounds of each proof, instead of its own number
  --seed N     repeats the choices of a run, whose seed it printed
  --only NAME  this proof alone; may be given several times

${lines.join("\n")}

Exit codes: 0 all promises held, 1 one was broken or could not be tried, 2 wrong flags, 130 interrupted.
`;
}
