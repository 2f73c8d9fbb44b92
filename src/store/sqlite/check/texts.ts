import type { Findings } from "../../check.ts";
import { foldedUnlessLower } from "../folded.ts";
import type { KeptFile } from "./kept-file.ts";
import { slices } from "./slices.ts";

const TEXTS = "SELECT message_id, text, folded FROM messages WHERE id > $above AND id <= $up_to";

/** That `folded` is what is made of each text. Messages never change, so this need not be of one moment. */
export function* checkTexts({ queries }: KeptFile, found: Findings): Generator<number> {
  const lastId = queries.count("SELECT last_given AS n FROM watermark");
  for (const [above, up_to] of slices(0, lastId)) {
    for (const { message_id, text, folded } of queries.each(TEXTS, { above, up_to })) {
      const expected = typeof text === "string" ? foldedUnlessLower(text) : null;
      if (folded !== expected) found.add({ what: `the folded text of message ${String(message_id)}` });
    }
    yield up_to / lastId;
  }
}
