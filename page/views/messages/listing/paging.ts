/** What is asked of the list of messages, and answered. */
import type { Message } from "../../../../src/message.ts";

/** As many as one answer may hold. */
export const PAGE_MESSAGES_MAX = 100;

export interface PageAsked {
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly cursor?: string;
  readonly offset?: number;
  /** Whether the last seconds may be missing (RECENT). */
  readonly isRecent?: boolean;
}

export interface PageAnswer {
  readonly data: readonly Message[];
  readonly total: number;
  /** Whether more follow in that order. */
  readonly hasNext: boolean;
}

export type FetchPage = (asked: PageAsked, signal: AbortSignal) => Promise<PageAnswer>;
