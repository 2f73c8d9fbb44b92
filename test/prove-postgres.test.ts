/** The short forms of the proofs on PostgreSQL; `npm run prove` runs them whole. */
import { cutProof } from "./prove/postgres/cut.ts";
import { failoverProof } from "./prove/postgres/failover.ts";
import { processesProof } from "./prove/postgres/processes.ts";
import { FAULTS } from "./prove/postgres/proxy.ts";
import { testShortForm } from "./support/short-form.ts";

testShortForm(processesProof, 3);
testShortForm(failoverProof, 2);
testShortForm(cutProof, FAULTS.length);
