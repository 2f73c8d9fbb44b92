/** Every proof, in the order in which `npm run prove` runs them: the short ones first. */
import { overloadProof } from "./overload.ts";
import type { Proof } from "./proof.ts";
import { soakProof } from "./soak.ts";

export const PROOFS: readonly Proof[] = [overloadProof, soakProof];
