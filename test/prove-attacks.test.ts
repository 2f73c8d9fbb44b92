/** The short forms of the proofs by attack; `npm run prove` runs them whole. */
import { mutationsProof, postgresMutationsProof } from "./prove/mutations.ts";
import { slowSendersProof } from "./prove/slow-senders.ts";
import { testShortForm } from "./support/short-form.ts";

testShortForm(mutationsProof, 4);
testShortForm(postgresMutationsProof, 2);
testShortForm(slowSendersProof, 1);
