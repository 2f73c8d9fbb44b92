import assert from "node:assert/strict";
import { test } from "node:test";
import type { Proof } from "../prove/proof.ts";
import { seededRandom } from "./random.ts";
import { tempFolder } from "./temp.ts";

/** A proof of `npm run prove` with few rounds, as a test. PROVE_SEED repeats a run, as far as a race can be repeated. */
export function testShortForm(proof: Proof, rounds: number): void {
  test(`${proof.name}: ${proof.promise}`, async (t) => {
    const result = await proof.run({
      rounds,
      random: seededRandom(t, "PROVE_SEED"),
      folder: tempFolder(t),
      progress: () => undefined,
    });
    t.diagnostic(JSON.stringify({ ...result.figures, acknowledged: result.acknowledged }));
    assert.deepEqual(result.broken, []);
    assert.ok(result.rounds >= rounds);
    assert.ok(result.acknowledged > rounds);
  });
}
