/** The short forms of the proofs under load; `npm run prove` runs them whole. PROVE_SEED repeats a run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { overloadProof } from "./prove/overload.ts";
import type { Proof } from "./prove/proof.ts";
import { soakProof } from "./prove/soak.ts";
import { seededRandom } from "./support/random.ts";
import { tempFolder } from "./support/temp.ts";

const OVERLOAD_ROUNDS = 1;
const SOAK_SECONDS = 5;

for (const [proof, rounds] of [
  [overloadProof, OVERLOAD_ROUNDS],
  [soakProof, SOAK_SECONDS],
] as const satisfies readonly (readonly [Proof, number])[]) {
  test(`${proof.name}: ${proof.promise}`, async (t) => {
    const random = seededRandom(t, "PROVE_SEED");
    const { broken, acknowledged, figures } = await proof.run({
      rounds,
      random,
      folder: tempFolder(t),
      progress: () => undefined,
    });
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(broken, []);
    assert.ok(acknowledged > 0);
  });
}
