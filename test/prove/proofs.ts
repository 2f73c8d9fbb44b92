/** Every proof, in the order in which `npm run prove` runs them: the short ones first. */
import { backupProof } from "./backup.ts";
import { diskProof } from "./disk.ts";
import { killProof } from "./kill.ts";
import { overloadProof } from "./overload.ts";
import { cutProof } from "./postgres/cut.ts";
import { failoverProof } from "./postgres/failover.ts";
import { mutationsProof, postgresMutationsProof } from "./mutations.ts";
import { powerCutProof } from "./power-cut.ts";
import { processesProof } from "./postgres/processes.ts";
import type { Proof } from "./proof.ts";
import { slowSendersProof } from "./slow-senders.ts";
import { soakProof } from "./soak.ts";

export const PROOFS: readonly Proof[] = [
  diskProof,
  overloadProof,
  processesProof,
  failoverProof,
  cutProof,
  backupProof,
  slowSendersProof,
  postgresMutationsProof,
  mutationsProof,
  powerCutProof,
  killProof,
  soakProof,
];
