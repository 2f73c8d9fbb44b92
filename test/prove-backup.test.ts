/** The short form of the proof of backups, on both engines; `npm run prove` runs it whole. */
import { backupProof } from "./prove/backup.ts";
import { testShortForm } from "./support/short-form.ts";

testShortForm(backupProof, 4);
