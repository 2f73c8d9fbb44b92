/** The short forms of the proofs under load; `npm run prove` runs them whole. */
import { overloadProof } from "./prove/overload.ts";
import { soakProof } from "./prove/soak.ts";
import { testShortForm } from "./support/short-form.ts";

testShortForm(overloadProof, 1);
// A round is a second.
testShortForm(soakProof, 5);
