/**
 * Which way each read goes, where the planner of PostgreSQL cannot know: it chooses among indexes by its statistics, but not
 * between a count that is kept and one that is made, nor when to stop looking.
 */
import type { PageRequest } from "../../message.ts";
import type { Criteria } from "./criteria.ts";

export interface Limits {
  /** Messages looked at in order before the search index is asked: some 3 ms. */
  readonly walk: number;
  /** Messages that a plain OFFSET may step over: 1 ms. */
  readonly skip: number;
}

export const LIMITS: Limits = { walk: 1_000, skip: 2_000 };

/** kept: from the counters. counted: one by one, by the index that PostgreSQL chooses. */
export type TotalPlan = "kept" | "counted";

export function planTotal({ sides, needle }: Criteria): TotalPlan {
  return needle === undefined && sides.length < 2 ? "kept" : "counted";
}

/**
 * The page of a search begins with a walk: step through the index in order, since what many messages contain is found on the way.
 * When `walk` messages do not fill the page:
 *
 * hits  gather all that match, count them, and put in order those of the page
 * days  count the matches of each day, which are remembered (totals.ts), and step through the days of the page alone: for what
 *       the search index cannot tell, and for pages too deep to gather each time all that come before
 */
export type MatchesPlan = "hits" | "days";

export function isWalked({ offset, limit }: Pick<PageRequest, "offset" | "limit">, limits: Limits): boolean {
  // Else the walk would end before the page is full.
  return offset + limit < limits.walk;
}

/** When the walk is over, or never began. */
export function planMatches(
  { needle }: Criteria,
  { offset, after }: PageRequest,
  limits: Limits,
): MatchesPlan {
  // How many of a day's matches are behind a position is not known, so an offset behind one is not either.
  if (after !== undefined && offset > 0) return "hits";
  return needle?.hasTrigram === false || offset > limits.skip ? "days" : "hits";
}

/** A plain OFFSET steps over each message; the counters step over hours and minutes. They know one side, not two. */
export function isSkippedByCounters({ sides }: Criteria, offset: number, limits: Limits): boolean {
  return sides.length < 2 && offset > limits.skip;
}
