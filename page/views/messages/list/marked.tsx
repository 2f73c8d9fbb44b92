import type { VNode } from "preact";
import { markHits, type Piece } from "./marks.ts";

/** What stands before the first hit in a line that may not hold it all. */
const LEAD_CHARACTERS = 18;

/** A text with the hits of a search in it marked. */
export function Marked({ text, needle }: { text: string; needle: string }): VNode {
  return <>{markHits(text, needle).map(drawPiece)}</>;
}

/** Likewise on one line, from where the first hit can be seen. */
export function MarkedLine({ text, needle }: { text: string; needle: string }): VNode {
  const pieces = markHits(text.replaceAll(/\s+/g, " "), needle);
  const [first, ...rest] = pieces;
  if (first === undefined || first.isHit || rest.length === 0 || first.text.length <= LEAD_CHARACTERS)
    return <>{pieces.map(drawPiece)}</>;
  const lead = `… ${Array.from(first.text).slice(-LEAD_CHARACTERS).join("").replace(/^\S* /, "")}`;
  return <>{[{ text: lead, isHit: false }, ...rest].map(drawPiece)}</>;
}

function drawPiece({ text, isHit }: Piece): VNode | string {
  return isHit ? <mark>{text}</mark> : text;
}
