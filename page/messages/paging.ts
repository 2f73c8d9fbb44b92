/** What is asked of the list of messages, and answered. */
import type { Message } from "../../src/message.ts";

/** As many as one answer may hold. */
export const PAGE_MESSAGES_MAX = 100;
/** Who is so far behind on the stream goes on from now instead: the list has what is between. */
export const BEHIND_MESSAGES_MAX = 2_000;
/** Before it goes on, since it would be as far behind again: so long at first, then longer each time. */
const BEHIND_REST_MS_LEAST = 2_000;
const BEHIND_REST_MS_MOST = 10_000;

/** The rest of who is far behind again, having rested so long the last time (0 for the first). */
export function behindRestMs(lastMs: number): number {
  return Math.min(Math.max(BEHIND_REST_MS_LEAST, lastMs * 2), BEHIND_REST_MS_MOST);
}

export interface PageAsked {
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly cursor?: string;
  readonly offset?: number;
}

export interface PageAnswer {
  readonly data: readonly Message[];
  readonly total: number;
  /** Whether more follow in that order. */
  readonly hasNext: boolean;
}

export type FetchPage = (asked: PageAsked, signal: AbortSignal) => Promise<PageAnswer>;
