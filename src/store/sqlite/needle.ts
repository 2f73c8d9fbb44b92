import { fold } from "../../fold.ts";
import { TEXT_END } from "./part.ts";
import type { Values } from "./queries.ts";

/** What the search index holds of each text. */
const TRIGRAM_CHARACTERS = 3;

/**
 * SQLite reads U+FFFE and U+FFFF as U+FFFD, in LIKE and in the tokenizer; TEXT_END stands behind every indexed text. A
 * needle with one of them is compared byte by byte, in every text.
 */
const NOT_TOLD_APART = new RegExp(`[\uFFFD-\uFFFF${TEXT_END}]`, "u");

/** Both see fold(text): LIKE takes no notice of the case of A to Z, which is all that `folded` leaves out. */
const CONTAINS_PATTERN = "coalesce(folded, text) LIKE $like ESCAPE '\\'";
const CONTAINS_BYTES = "instr(coalesce(folded, lower(text)), $needle) > 0";

/** A search needle, and the ways in which it can be looked for. */
export interface Needle {
  /** Whether a text of the table messages contains it; takes `values`. */
  readonly contains: string;
  readonly values: Values;
  /** For FTS5, where the trigrams say it all; null for a needle that needs another way. */
  readonly match: string | null;
  /** Folded, where the trigrams that begin with it say it all; else null. */
  readonly prefix: string | null;
}

export function needleOf(q: string): Needle {
  const needle = fold(q);
  if (NOT_TOLD_APART.test(needle)) {
    return { contains: CONTAINS_BYTES, values: { needle }, match: null, prefix: null };
  }
  const isShort = Array.from(needle).length < TRIGRAM_CHARACTERS;
  return {
    contains: CONTAINS_PATTERN,
    values: { like: `%${needle.replace(/[\\%_]/g, "\\$&")}%` },
    match: isShort ? null : phrase(needle),
    prefix: isShort ? needle : null,
  };
}

/** A phrase in FTS5's query language, in which only the quote has to be doubled. */
export function phrase(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** The first string behind all that begin with `prefix`, in the order of UTF-8 bytes. */
export function endOfPrefix(prefix: string): string {
  const characters = Array.from(prefix);
  const last = characters.pop()?.codePointAt(0) ?? 0;
  // The surrogates between them are no characters; U+10FFFF is no prefix (NOT_TOLD_APART).
  return characters.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
}
