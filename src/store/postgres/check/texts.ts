import { fold } from "../../../fold.ts";
import type { Findings } from "../../check.ts";
import { lettersOf } from "../letters.ts";
import { foldedUnlessLower } from "../needle.ts";
import type { Columns, Queries } from "../queries.ts";
import { BATCH_ROWS, inBatches } from "./batches.ts";

const TEXTS = "SELECT message_id, text, folded, letters FROM messages";

/** That `folded` and `letters` are what is made of each text. */
export async function* checkTexts(queries: Queries, found: Findings): AsyncGenerator<number> {
  const messages = await queries.count("SELECT count(*) AS n FROM messages");
  let checked = 0;
  for await (const rows of inBatches(queries, TEXTS)) {
    for (const row of rows) checkText(row, found);
    checked += BATCH_ROWS;
    // More may have arrived since they were counted.
    yield Math.min(1, checked / messages);
  }
}

function checkText({ message_id, text, folded, letters }: Columns, found: Findings): void {
  const expected = typeof text === "string" ? fold(text) : null;
  const unlessLower = expected === null ? null : foldedUnlessLower(String(text), expected);
  if (folded !== unlessLower) found.add({ what: `the folded text of message ${String(message_id)}` });
  if (letters !== (expected === null ? null : lettersOf(expected)))
    found.add({ what: `the letters of message ${String(message_id)}` });
}
