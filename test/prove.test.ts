/**
 * The short form of every proof of `npm run prove`. PROVE_SEED repeats a run, as far as a race can be repeated.
 * They stand between the program and its files, which can be done on Linux only.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { diskProof } from "./prove/disk.ts";
import { killProof } from "./prove/kill.ts";
import { powerCutProof } from "./prove/power-cut.ts";
import type { Proof } from "./prove/proof.ts";
import { seededRandom } from "./support/random.ts";
import { tempFolder } from "./support/temp.ts";

/** Each with so many rounds: some seconds in all. */
const SHORT: readonly (readonly [proof: Proof, rounds: number])[] = [
  [killProof, 12],
  [powerCutProof, 36],
  [diskProof, 11],
];

if (process.platform === "linux") {
  for (const [proof, rounds] of SHORT) {
    test(`${proof.name}: ${proof.promise}`, async (t) => {
      const result = await proof.run({
        rounds,
        random: seededRandom(t, "PROVE_SEED"),
        folder: join(tempFolder(t), proof.name),
        progress: () => undefined,
      });
      t.diagnostic(JSON.stringify({ ...result.figures, acknowledged: result.acknowledged }));
      assert.deepEqual(result.broken, []);
      assert.equal(result.rounds, rounds);
      assert.ok(result.acknowledged > rounds);
    });
  }
}
