import { fold } from "../../../../src/fold.ts";

export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

/** Made at the first search: a young browser takes some 20 ms for it. */
let clusters: Intl.Segmenter | undefined;

/** A text in pieces, those that a search for `needle` finds in it told apart. The search of the service folds alike. */
export function markHits(text: string, needle: string): readonly Piece[] {
  const hits = needle === "" ? [] : hitsIn(text, fold(needle));
  const pieces: Piece[] = [];
  let done = 0;
  for (const [from, to] of hits) {
    if (from > done) pieces.push({ text: text.slice(done, from), isHit: false });
    pieces.push({ text: text.slice(Math.max(from, done), to), isHit: true });
    done = to;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), isHit: false });
  return pieces;
}

/** Where they are in the text as it was sent, from and to; none of them overlap. */
function hitsIn(text: string, needle: string): [number, number][] {
  const folded = fold(text);
  const hits: [number, number][] = [];
  let places: readonly (readonly [number, number])[] | undefined;
  for (let at = folded.indexOf(needle); at !== -1; at = folded.indexOf(needle, at + needle.length)) {
    places ??= placesOf(text, folded.length);
    const from = places[at]?.[0];
    const to = places[at + needle.length - 1]?.[1];
    if (from === undefined || to === undefined) return [];
    const last = hits.at(-1);
    // Two hits may share a character that folds to several.
    if (last !== undefined && from < last[1]) last[1] = to;
    else hits.push([from, to]);
  }
  return hits;
}

/**
 * For each unit of the folded text, where the character that it came from begins and ends. Folding works within a character as people see
 * them, whose length it may change: `e` + U+0301 becomes one, `İ` two.
 */
function placesOf(text: string, foldedLength: number): readonly (readonly [number, number])[] {
  const places: (readonly [number, number])[] = [];
  clusters ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  for (const { segment, index } of clusters.segment(text)) {
    const place = [index, index + segment.length] as const;
    const { length } = fold(segment);
    for (let unit = 0; unit < length; unit += 1) places.push(place);
  }
  return places.length === foldedLength ? places : [];
}
