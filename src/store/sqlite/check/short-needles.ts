import type { Findings } from "../../check.ts";
import { type Part, readMoment } from "../moment.ts";
import type { Queries } from "../queries.ts";
import { ShortNeedles } from "../short-needles.ts";
import type { KeptFile } from "./kept-file.ts";
import { SLICE_MESSAGES } from "./slices.ts";

/** That each tidy part says right in how many of its texts each one or two characters stand. They are pieces of texts, and not told. */
export function* checkShortNeedles({ database, queries }: KeptFile, found: Findings): Generator<number> {
  const { parts, searchable } = readMoment(queries);
  for (const part of parts.filter(({ isTidy, lastId, fullId }) => isTidy && lastId === fullId)) {
    const counted = new ShortNeedles(database, part.part, part.firstId, part.lastId);
    while (!counted.add(SLICE_MESSAGES)) yield part.firstId / searchable;
    compare(part, counted, queries, found);
    yield part.lastId / searchable;
  }
}

function compare({ part }: Part, counted: ShortNeedles, queries: Queries, found: Findings): void {
  const rows = queries.rows("SELECT needle, messages FROM short_needles WHERE part = $part", { part });
  const kept = new Map(rows.map(({ needle, messages }) => [String(needle), Number(messages)]));
  const what = `texts of part ${part} with one or two characters`;
  for (const [needle, messages] of counted.counts()) {
    found.compare(what, kept.get(needle) ?? null, messages);
    kept.delete(needle);
  }
  for (const messages of kept.values()) found.compare(what, messages, null);
}
