import type { Findings } from "../../check.ts";
import { contentHash } from "../../content.ts";
import type { Columns, Queries } from "../queries.ts";
import { MESSAGE_COLUMNS, messageOf } from "../row.ts";
import { BATCH_ROWS, inBatches } from "./batches.ts";

const CONFLICTS = `
  SELECT conflict, first, ${MESSAGE_COLUMNS}
  FROM (SELECT message_id AS conflict, encode(first_hash, 'hex') AS first FROM conflicts) AS each
  LEFT JOIN messages ON message_id = conflict`;

/** That what was refused was refused for the sake of a message that is here, and is still as it was then. */
export async function* checkConflicts(queries: Queries, found: Findings): AsyncGenerator<number> {
  const conflicts = await queries.count("SELECT count(*) AS n FROM conflicts");
  let checked = 0;
  for await (const rows of inBatches(queries, CONFLICTS)) {
    for (const row of rows) checkConflict(row, found);
    checked += BATCH_ROWS;
    yield Math.min(1, checked / conflicts);
  }
}

function checkConflict(row: Columns, found: Findings): void {
  const id = String(row["conflict"]);
  if (row["message_id"] === null)
    found.add({ what: `there is no message ${id}, to which a conflict refers` });
  else if (contentHash(messageOf(row)).toString("hex") !== row["first"])
    found.add({ what: `message ${id} has another content than a conflict says` });
}
