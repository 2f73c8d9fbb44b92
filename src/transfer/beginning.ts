/** Expressions that tell the beginning of a record, cut off at any byte, from what no export ever wrote. */

/** What a record is made of in turn: each an expression for one byte, or for any number of them. */
export type Pieces = readonly string[];

/** Of a text that stands there as it is. */
export function literally(text: string): Pieces {
  return Array.from(text, (character) => `[${character}]`);
}

/** Matches whatever a record of these pieces may begin with; the last of them are one of `ends`. */
export function beginningOf(pieces: Pieces, ...ends: readonly Pieces[]): RegExp {
  const end = ends.map((each) => cutAnywhere(each, "$")).join("|");
  return new RegExp(`^${cutAnywhere(pieces, `(?:${end})`)}`, "s");
}

function cutAnywhere(pieces: Pieces, behind: string): string {
  return pieces.reduceRight((rest, piece) => `(?:$|${piece}${rest})`, behind);
}
