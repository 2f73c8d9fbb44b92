/**
 * The short form of the proofs on files, each of some seconds; `npm run prove` runs them whole. They stand between the program
 * and its files, which can be done on Linux only.
 */
import { diskProof } from "./prove/disk.ts";
import { killProof } from "./prove/kill.ts";
import { powerCutProof } from "./prove/power-cut.ts";
import { testShortForm } from "./support/short-form.ts";

if (process.platform === "linux") {
  testShortForm(killProof, 12);
  testShortForm(powerCutProof, 24);
  testShortForm(diskProof, 11);
}
