import type { Instant, PageRequest } from "../../message.ts";
import {
  allOf,
  atOrAfter,
  before,
  behind,
  type Condition,
  containsNeedle,
  ORDER_BY,
  withinOf,
} from "./conditions.ts";
import type { Criteria } from "./criteria.ts";
import { isSkippedByCounters, type Limits } from "./plan.ts";
import type { Columns, Queries } from "./queries.ts";
import { MESSAGE_COLUMNS } from "./row.ts";
import { Tallies } from "./tallies.ts";

/** What a search found: the rows of the page, one more where another follows, and how many match in all. */
export interface Hits {
  readonly rows: readonly Columns[];
  readonly total: number;
}

/** The rows of one page, and one more where another follows. */
export class Pages {
  readonly #queries: Queries;
  readonly #limits: Limits;

  constructor(queries: Queries, limits: Limits) {
    this.#queries = queries;
    this.#limits = limits;
  }

  /** Of all messages that match, when there is no needle: each on the way is one of the page. */
  async inOrder(criteria: Criteria, page: PageRequest): Promise<readonly Columns[]> {
    const { from, offset } = isSkippedByCounters(criteria, page.offset, this.#limits)
      ? await this.#skip(criteria, page)
      : { from: null, offset: page.offset };
    if (offset === null) return [];
    const { sql, values } = allOf(withinOf(criteria), behindOf(page), from);
    return this.#queries.rows(
      `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE ${sql} ORDER BY ${ORDER_BY[page.order]} LIMIT $limit OFFSET $offset`,
      { ...values, limit: page.limit + 1, offset },
    );
  }

  /** Null when the page is not full after as many messages as one may look at, and there are more. */
  async walk(criteria: Criteria, page: PageRequest): Promise<readonly Columns[] | null> {
    const { sql, values } = allOf(withinOf(criteria), behindOf(page));
    const needle = criteria.needle;
    // One row even when none is found, to say how many were looked at.
    const rows = await this.#queries.rows(
      `WITH walked AS MATERIALIZED (
         SELECT ${MESSAGE_COLUMNS}, coalesce(${needle?.contains ?? "TRUE"}, FALSE) AS hit FROM messages WHERE ${sql}
         ORDER BY ${ORDER_BY[page.order]} LIMIT $walk
       ), found AS (
         SELECT * FROM walked WHERE hit ORDER BY ${ORDER_BY[page.order]} LIMIT $limit OFFSET $offset
       )
       SELECT looked, found.* FROM (SELECT count(*) AS looked FROM walked) AS all_walked LEFT JOIN found ON TRUE
       ORDER BY ${ORDER_BY[page.order]}`,
      { ...values, ...needle?.values, walk: this.#limits.walk, limit: page.limit + 1, offset: page.offset },
    );
    const found = rows.filter((row) => row["message_id"] !== null);
    const looked = Number(rows[0]?.["looked"]);
    return found.length > page.limit || looked < this.#limits.walk ? found : null;
  }

  /** All that match are gathered once, for the page and for the total. */
  async hits(criteria: Criteria, page: PageRequest): Promise<Hits> {
    const matches = allOf(withinOf(criteria), containsNeedle(criteria));
    const behind = behindOf(page) ?? allOf();
    const rows = await this.#queries.rows(
      `WITH hits AS MATERIALIZED (
         SELECT ts_seconds, ts_nanos, message_id FROM messages WHERE ${matches.sql}
       ), found AS (
         SELECT message_id FROM hits WHERE ${behind.sql} ORDER BY ${ORDER_BY[page.order]} LIMIT $limit OFFSET $offset
       ), rows AS (
         SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_id IN (SELECT message_id FROM found)
       )
       SELECT total, rows.* FROM (SELECT count(*) AS total FROM hits) AS all_hits LEFT JOIN rows ON TRUE
       ORDER BY ${ORDER_BY[page.order]}`,
      { ...matches.values, ...behind.values, limit: page.limit + 1, offset: page.offset },
    );
    return {
      rows: rows.filter((row) => row["message_id"] !== null),
      total: Number(rows[0]?.["total"]),
    };
  }

  /** Where to begin so that little is left to step over; `offset` null beyond the last message. */
  async #skip(
    { sides, since, until }: Criteria,
    { offset, order }: PageRequest,
  ): Promise<{ from: Condition | null; offset: number | null }> {
    const tallies = new Tallies(this.#queries, sides[0]);
    const first = since === undefined ? 0 : await tallies.before(since);
    const end = await tallies.between(undefined, until);
    if (first + offset >= end) return { from: null, offset: null };
    const period = await tallies.periodOf(order === "asc" ? first + offset : end - offset - 1);
    if (period === null) return { from: null, offset: null };
    if (order === "asc") {
      const from = startOfPeriod(period.start);
      // `since` may lie in the same period, and is asked for too.
      return { from: atOrAfter(from, "from"), offset: first + offset - Math.max(period.before, first) };
    }
    const upTo = Math.min(period.before + period.messages, end);
    return {
      from: before(startOfPeriod(period.start + period.width), "from"),
      offset: upTo - (end - offset),
    };
  }
}

function behindOf({ after, order }: PageRequest): Condition | null {
  return after === undefined ? null : behind(after, order);
}

function startOfPeriod(seconds: number): Instant {
  return { seconds, nanos: 0 };
}
