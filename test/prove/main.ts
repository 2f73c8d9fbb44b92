/** `npm run prove`: each promise of the README, tried for as long as it takes to believe it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMachine } from "../../bench/machine.ts";
import { randomFrom } from "../support/random.ts";
import { killDescendants } from "./descendants.ts";
import { type Flags, readFlags, usage } from "./flags.ts";
import { Progress } from "./progress.ts";
import type { Proof, ProofResult } from "./proof.ts";
import { PROOFS } from "./proofs.ts";
import { summarize, type Verdict } from "./summary.ts";

const BROKEN = 1;
const WRONG_FLAGS = 2;
/** 128 and the number of SIGINT, as shells have it. */
const INTERRUPTED = 130;

const progress = new Progress(process.stderr);
const flags = readFlagsOrExit();
if (flags.help) process.stdout.write(usage(PROOFS));
else await proveAll(flags);

async function proveAll({ proofs, seed, rounds }: Flags): Promise<void> {
  console.log(`seed ${seed}\n${JSON.stringify(describeMachine())}`);
  const verdicts: Verdict[] = [];
  for (const proof of proofs) verdicts.push(await prove(proof, seed, rounds ?? proof.rounds));
  process.stdout.write(summarize(verdicts));
  if (verdicts.some(({ result }) => result.broken.length > 0)) process.exitCode = BROKEN;
}

/** In a fresh folder, which is gone afterwards, also when it is interrupted. */
async function prove(proof: Proof, seed: number, rounds: number): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), `lyftr-prove-${proof.name}-`));
  const clean = (): void => {
    killDescendants();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const interrupt = (): void => {
    progress.clear();
    clean();
    process.exit(INTERRUPTED);
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const started = performance.now();
  try {
    const result = await resultOf(proof, rounds, seed, folder);
    return { proof, result, seconds: (performance.now() - started) / 1000 };
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    progress.clear();
    clean();
  }
}

/** A proof that could not be tried to its end has shown nothing: that counts as broken. */
async function resultOf(proof: Proof, rounds: number, seed: number, folder: string): Promise<ProofResult> {
  const started = performance.now();
  let reached = 0;
  try {
    return await proof.run({
      rounds,
      random: randomFrom(seed),
      folder,
      progress: (done, doing) => {
        reached = done;
        progress.show(proof.name, done, rounds, doing, started);
      },
    });
  } catch (error) {
    const words = `in round ${reached}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return { rounds: reached, acknowledged: 0, broken: [words], figures: {} };
  }
}

function readFlagsOrExit(): Flags {
  try {
    return readFlags(process.argv.slice(2), PROOFS);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage(PROOFS)}`);
    return process.exit(WRONG_FLAGS);
  }
}
