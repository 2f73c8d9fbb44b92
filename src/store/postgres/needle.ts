import { fold } from "../../fold.ts";
import { lettersPattern } from "./letters.ts";
import type { Values } from "./queries.ts";

/**
 * First by the letters: through the index where the needle has a trigram, and else at a fraction of what it costs to look at the
 * text. Then exactly: under "C", LIKE compares bytes. `folded` is left out where lower(), which under "C" knows A to Z, folds alike.
 */
const CONTAINS = "letters LIKE $letters AND coalesce(folded, lower(text)) LIKE $like";

const TRIGRAM_CHARACTERS = 3;

/** A search needle. */
export interface Needle {
  /** Whether a row of the table messages contains it; takes `values`. */
  readonly contains: string;
  readonly values: Values;
  /** Without a trigram there is nothing to ask of the search index. */
  readonly hasTrigram: boolean;
}

export function needleOf(q: string): Needle {
  const needle = fold(q);
  const like = `%${needle.replace(/[\\%_]/g, "\\$&")}%`;
  return {
    contains: CONTAINS,
    values: { like, letters: lettersPattern(needle) },
    hasTrigram: Array.from(needle).length >= TRIGRAM_CHARACTERS,
  };
}

/** Null where PostgreSQL's lower() of a column with COLLATE "C" folds the text as fold() does: most texts are kept once. */
export function foldedUnlessLower(text: string, folded: string): string | null {
  return folded === text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) ? null : folded;
}
