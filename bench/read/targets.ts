/** What is to be reached with 10 million messages, warm, as the median over HTTP. */

export interface Target {
  readonly ms: number;
  /** At most so many times the figure of the smallest size. */
  readonly growth?: number;
}

const PAGE: Target = { ms: 1.5, growth: 2 };
const FIGURE: Target = { ms: 1, growth: 2 };
const OFFSET: Target = { ms: 15 };
const RARE: Target = { ms: 20 };
const SHORT_PAGE: Target = { ms: 20 };
const SHORT_TOTAL: Target = { ms: 1500 };
const FREQUENT_PAGE: Target = { ms: 2 };
const FREQUENT_TOTAL: Target = { ms: 500 };
const AGAIN: Target = { ms: 10 };
const NARROW: Target = { ms: 100 };
const SENDER_PAGE: Target = { ms: 5 };
const SENDER_TOTAL: Target = { ms: 1000 };

/** By the name of the question. What is not here has no target, and stands in the table to be seen. */
export const TARGETS: Readonly<Record<string, Target>> = {
  "page 1": PAGE,
  "page 1, newest first": PAGE,
  "page by cursor": PAGE,
  "one message by id": PAGE,
  total: FIGURE,
  "total, from": FIGURE,
  "total, to": FIGURE,
  "total, since": FIGURE,
  "total, until": FIGURE,
  stats: FIGURE,
  "timeline of 30 days by hour": FIGURE,
  "timeline of 30 days by day": FIGURE,
  "total, from + since + until": { ms: 10 },
  "offset at 50 %": OFFSET,
  "offset at 90 %": OFFSET,
  "offset at 50 %, newest first": OFFSET,
  "q of 1,000 hits: first": RARE,
  "q of 1,000 hits: again": RARE,
  "q of no hits: first": RARE,
  "q of no hits: again": RARE,
  "q in a quarter of all: first total": FREQUENT_TOTAL,
  "q in a quarter of all: page": FREQUENT_PAGE,
  "q in a quarter of all: page, newest first": FREQUENT_PAGE,
  "q in a quarter of all: again": AGAIN,
  "q of 1 character, frequent: first total": SHORT_TOTAL,
  "q of 1 character, frequent: page": SHORT_PAGE,
  "q of 1 character, 1,000 hits: first total": SHORT_TOTAL,
  "q of 1 character, 1,000 hits: page": SHORT_PAGE,
  "q of 2 characters, frequent: first total": SHORT_TOTAL,
  "q of 2 characters, frequent: page": SHORT_PAGE,
  "q of 2 characters, 1,000 hits: first total": SHORT_TOTAL,
  "q of 2 characters, 1,000 hits: page": SHORT_PAGE,
  "q of 1,000 hits, one hour: first": NARROW,
  "q in a quarter of all, one hour: first": NARROW,
  "q of 2 characters, one hour: first": NARROW,
  "q of 1,000 hits, largest sender: first": SENDER_TOTAL,
  "q in a quarter of all, largest sender: first total": SENDER_TOTAL,
  "q in a quarter of all, largest sender: page": SENDER_PAGE,
  "q in a quarter of all, largest sender: again": AGAIN,
};

/** The 99th percentile of the webhook beside 16 readers, as a multiple of what it is without. */
export const READERS_P99_FACTOR_MAX = 1.5;
/** Of the file, with all its indexes, at texts of 80 characters. */
export const BYTES_A_MESSAGE_MAX = 600;
/** The total of a frequent needle, asked again when 1,000 messages more are there. */
export const AFTER_NEW_MS_MAX = AGAIN.ms;
/** On PostgreSQL: at most so many times what the same question takes on SQLite in the same run. */
export const OF_SQLITE_MAX = 2;
