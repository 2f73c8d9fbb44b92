import type { Findings } from "../../check.ts";
import { contentHash } from "../../content.ts";
import { MESSAGE_COLUMNS, messageOf } from "../row.ts";
import type { KeptFile } from "./kept-file.ts";

const CONFLICTS = `
  SELECT conflict, first_hash, ${MESSAGE_COLUMNS}
  FROM (SELECT message_id AS conflict, first_hash FROM conflicts) LEFT JOIN messages ON message_id = conflict`;

/** That what was refused was refused for the sake of a message that is here, and is still as it was then. */
export function checkConflicts({ queries }: KeptFile, found: Findings): void {
  for (const row of queries.each(CONFLICTS)) {
    const id = String(row["conflict"]);
    if (row["message_id"] === null)
      found.add({ what: `there is no message ${id}, to which a conflict refers` });
    else if (!contentHash(messageOf(row)).equals(row["first_hash"] as Uint8Array))
      found.add({ what: `message ${id} has another content than a conflict says` });
  }
}
