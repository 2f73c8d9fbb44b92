/**
 * Which way each read goes. Everything that chooses between ways is here, with the reason; what the ways are is in
 * pages.ts, totals.ts and tallies.ts.
 *
 * Costs on two slow cores: an index entry 0.03 µs, a text in the order of ids 0.2 µs, a row by way of an index 1 µs,
 * a hit of the search index 0.1 to 0.5 µs.
 */
import type { PageRequest } from "../../message.ts";
import type { Criteria } from "./criteria.ts";

export interface Limits {
  /** Messages looked at in order before anything else: 1 ms. */
  readonly glance: number;
  /** Messages looked at in order for a needle that is known to be frequent: 8 ms. */
  readonly walk: number;
  /** Messages that a total may look at one by one, by way of an index, in one statement: 10 ms. */
  readonly range: number;
  /** Texts, in the order of their ids, in one statement: 10 ms. */
  readonly texts: number;
  /** Trigrams that begin with a short needle, asked for in one statement. */
  readonly terms: number;
  /** Messages of a part with one of them: each costs a look at every trigram asked for. */
  readonly termMessages: number;
  /** Hits in the first part from which on a needle counts as frequent. */
  readonly frequent: number;
  /** Hits that are held in memory to be put in order; some 100 bytes each. */
  readonly held: number;
  /** Messages that a plain OFFSET may step over: 1 ms. */
  readonly skip: number;
}

export const LIMITS: Limits = {
  glance: 500,
  walk: 5_000,
  range: 10_000,
  texts: 50_000,
  terms: 200,
  termMessages: 5_000,
  frequent: 5_000,
  held: 10_000,
  skip: 2_000,
};

/** By way of an index, a row costs as much as so many texts in the order of their ids. */
const ROW_BY_INDEX_COST = 5;

/** The counters know each side, and any time. */
export function isTotalKept({ sides, needle }: Criteria): boolean {
  return needle === undefined && sides.length < 2;
}

/**
 * Of a total that is not kept:
 *
 * range  look at each message between `since` and `until`, of the side with the fewest, in one statement
 * slices the same in many statements, some hours at a time
 * parts  part by part of the search index, see PartPlan
 */
export type TotalPlan = "range" | "slices" | "parts";

/** `within` is how many messages match all but the needle and the second side; `stored` is how many there are. */
export function planTotal({ needle }: Criteria, within: number, stored: number, limits: Limits): TotalPlan {
  // Whatever the needle: so few are looked through sooner than the parts are asked.
  if (within <= limits.range) return "range";
  // Sender and recipient stand side by side in the index, so this costs an index entry each.
  if (needle === undefined) return "slices";
  // Trigrams say nothing: each text has to be looked at, and those of the side alone may be the fewer.
  if (needle.match === null && within * ROW_BY_INDEX_COST < stored) return "slices";
  return "parts";
}

/** What of a part is asked for. */
export interface PartShare {
  /** Messages whose ids are asked for. */
  readonly messages: number;
  /** Whether that is the whole part. */
  readonly isWhole: boolean;
  /** Whether all times of the part lie between `since` and `until`. */
  readonly isWithin: boolean;
  /** Whether its short needles are counted. */
  readonly isTidy: boolean;
}

/**
 * kept   the part's own count of a short needle
 * match  count in the search index alone: it knows text, sender and recipient
 * join   and look up the time of each hit
 * texts  look through the texts, in the order of their ids
 */
export type PartPlan = "kept" | "match" | "join" | "texts";

export function planPart({ needle, sides }: Criteria, share: PartShare, limits: Limits): PartPlan {
  // Of a short needle, the trigrams that begin with it may still be few: matches.ts sees.
  if (needle === undefined || (needle.match ?? needle.prefix) === null) return "texts";
  if (needle.prefix !== null && sides.length === 0 && share.isWhole && share.isWithin && share.isTidy) {
    return "kept";
  }
  // New messages behind a remembered total: a part would be counted from its beginning.
  if (!share.isWhole && share.messages <= limits.range) return "texts";
  return share.isWithin ? "match" : "join";
}

/** Whether a total that is remembered is brought up to date, and not counted anew: `arrived` messages came since. */
export function isAddedToRemembered(plan: TotalPlan, arrivedSince: number, within: number): boolean {
  return plan === "parts" || arrivedSince <= within;
}

/**
 * The page of a search.
 *
 * glance  step through the index in order; what is in every tenth message fills a page after `glance` of them
 * walk    the same, for `walk` messages
 * hits    ask the search index part by part, in the order of time, and put in order what it finds
 * hours   count the hits of each hour, and put in order those of the hours that the page lies in
 */
export type SearchPlan = "glance" | "walk" | "hits" | "hours";

export function planSearch({ offset, limit }: Asked, limits: Limits): SearchPlan {
  if (offset > limits.held) return "hours";
  // Deeper, it would end before the page is full.
  return offset + limit < limits.glance ? "glance" : "hits";
}

/** When a glance has not filled the page: `hits` is how many the first part has, up to `frequent`; null where that is not known. */
export function planAfterGlance({ offset, limit }: Asked, hits: number | null, limits: Limits): SearchPlan {
  if (offset + limit >= limits.walk) return "hits";
  return hits === null || hits >= limits.frequent ? "walk" : "hits";
}

type Asked = Pick<PageRequest, "offset" | "limit">;

/** A plain OFFSET steps over each message; the counters step over hours and minutes. They know one side, not two. */
export function isSkippedByCounters({ sides }: Criteria, offset: number, limits: Limits): boolean {
  return sides.length < 2 && offset > limits.skip;
}
