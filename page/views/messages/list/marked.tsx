import type { VNode } from "preact";
import { markHits, type Piece } from "./marks.ts";

/** What stands before the first hit in a line that may not hold it all, on a wide screen and on a narrow one. */
const LEAD_CHARACTERS = 28;
const LEAD_CHARACTERS_NARROW = 14;
const narrow = matchMedia("(max-width: 799px)");

/** A text with the hits of a search in it marked. */
export function Marked({ text, needle }: { text: string; needle: string }): VNode {
  return <>{markHits(text, needle).map(drawPiece)}</>;
}

/** Likewise on one line, from where the first hit can be seen. */
export function MarkedLine({ text, needle }: { text: string; needle: string }): VNode {
  const pieces = markHits(text.replaceAll(/\s+/g, " "), needle);
  const [first, ...rest] = pieces;
  const most = narrow.matches ? LEAD_CHARACTERS_NARROW : LEAD_CHARACTERS;
  if (first === undefined || first.isHit || rest.length === 0 || first.text.length <= most)
    return <>{pieces.map(drawPiece)}</>;
  const lead = `… ${Array.from(first.text).slice(-most).join("").replace(/^\S* /, "")}`;
  return <>{[{ text: lead, isHit: false }, ...rest].map(drawPiece)}</>;
}

function drawPiece({ text, isHit }: Piece): VNode | string {
  return isHit ? <mark>{text}</mark> : text;
}
