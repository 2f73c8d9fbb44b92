/**
 * pg_trgm finds trigrams within words of letters and digits, and the locale of the database says what a letter is: it would
 * find nothing in Chinese under one locale, in emoji under any, and none that spans a space. So the index does not hold the text
 * but one letter or digit for each of its characters. It tells too many messages rather than too few; each is then compared with
 * the needle itself.
 */

/** What pg_trgm takes for part of a word in every locale. It does not tell cases apart. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const OTHERS = /[^a-z0-9]/gu;
/** 2^32 divided by the golden ratio: spreads characters that are neighbours in Unicode, as those of one script are. */
const SPREAD = 2_654_435_769;

/** Of a needle, how much is asked of the index: more trigrams find hardly fewer messages, and each has to be read. */
const NEEDLE_CHARACTERS_MAX = 24;

export function lettersOf(folded: string): string {
  return folded.replace(OTHERS, letterOf);
}

/** The pattern that the letters of every text with this needle are like. */
export function lettersPattern(foldedNeedle: string): string {
  return `%${lettersOf(foldedNeedle).slice(0, NEEDLE_CHARACTERS_MAX)}%`;
}

function letterOf(character: string): string {
  const spread = Math.imul(character.codePointAt(0) ?? 0, SPREAD) >>> 0;
  return ALPHABET.charAt(spread % ALPHABET.length);
}
