import { fold } from "../../fold.ts";
import { lettersPattern } from "./letters.ts";
import type { Values } from "./queries.ts";

/** Exact: compared by bytes. `folded` is left out where PostgreSQL's own lower(), which under "C" knows A to Z, folds alike. */
const CONTAINS = "position($needle IN coalesce(folded, lower(text))) > 0";

/** A search needle, and the ways in which it can be looked for. */
export interface Needle {
  /** Whether a row of the table messages contains it; takes `values`. */
  readonly contains: string;
  /** The same, by way of the search index; null for a needle that is too short for it. */
  readonly match: string | null;
  readonly values: Values;
}

export function needleOf(q: string): Needle {
  const needle = fold(q);
  const pattern = lettersPattern(needle);
  if (pattern === null) return { contains: CONTAINS, match: null, values: { needle } };
  return {
    contains: CONTAINS,
    match: `letters LIKE $letters AND ${CONTAINS}`,
    values: { needle, letters: pattern },
  };
}

/** Null where PostgreSQL's lower() of a column with COLLATE "C" folds the text as fold() does: most texts are kept once. */
export function foldedUnlessLower(text: string, folded: string): string | null {
  return folded === text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) ? null : folded;
}
