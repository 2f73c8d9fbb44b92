import type { Findings } from "../../check.ts";
import { ErasedIds } from "../erased-ids.ts";
import type { KeptFile } from "./kept-file.ts";
import { slices } from "./slices.ts";

const IDS = "SELECT message_id FROM messages WHERE id > $above AND id <= $up_to";

/** That no message is kept whose id is known as erased. */
export function* checkErased({ database, queries }: KeptFile, found: Findings): Generator<number> {
  const erased = new ErasedIds(database);
  if (queries.count("SELECT EXISTS (SELECT 1 FROM erased) AS n") === 0) return;
  const lastId = queries.count("SELECT last_given AS n FROM watermark");
  for (const [above, up_to] of slices(0, lastId)) {
    const ids = queries.rows(IDS, { above, up_to }).map(({ message_id }) => String(message_id));
    for (const id of erased.among(ids)) found.add({ what: `message ${id} is kept, and was erased` });
    yield up_to / lastId;
  }
}
