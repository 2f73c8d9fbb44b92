import type { PageRequest } from "../../message.ts";
import { DAY_SECONDS, startOf } from "../periods.ts";
import type { CountedPeriods } from "./totals.ts";

/** The days that hold a page and one match more, in seconds, and how many matches to step over from there on. */
interface Place {
  readonly from: number;
  readonly end: number;
  readonly offset: number;
}

/** Null when no day holds a match of the page. Not for a position with an offset behind it. */
export function placeIn(days: CountedPeriods, page: PageRequest): Place | null {
  const held: number[] = [];
  let left = page.offset;
  let wanted = page.limit + 1;
  for (const [start, { matches }] of page.order === "asc" ? days : [...days].toReversed()) {
    const share = shareOf(start, page);
    if (share === "none" || matches === 0) continue;
    if (held.length === 0 && matches <= left) {
      left -= matches;
      continue;
    }
    if (share === "all") wanted -= held.length === 0 ? matches - left : matches;
    held.push(start);
    if (wanted <= 0) break;
  }
  if (held.length === 0) return null;
  return { from: Math.min(...held), end: Math.max(...held) + DAY_SECONDS, offset: left };
}

/** How much of the day is behind the position: of the one in which it lies, perhaps no match. */
function shareOf(start: number, { order, after }: PageRequest): "none" | "some" | "all" {
  if (after === undefined) return "all";
  const day = startOf(after.seconds, DAY_SECONDS);
  if (start === day) return "some";
  return (order === "asc") === start > day ? "all" : "none";
}
