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
 * The page of a search.
 *
 * walk  step through the index in order: what many messages contain is found on the way. When `walk` messages do not fill
 *       the page, `hits`
 * hits  gather all that match, count them, and put in order those of the page
 */
export type SearchPlan = "walk" | "hits";

export function planSearch(
  { offset, limit }: Pick<PageRequest, "offset" | "limit">,
  limits: Limits,
): SearchPlan {
  // The walk would end before the page is full.
  return offset + limit >= limits.walk ? "hits" : "walk";
}

/** A plain OFFSET steps over each message; the counters step over hours and minutes. They know one side, not two. */
export function isSkippedByCounters({ sides }: Criteria, offset: number, limits: Limits): boolean {
  return sides.length < 2 && offset > limits.skip;
}
