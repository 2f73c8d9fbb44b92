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
import { placeIn } from "./place.ts";
import { isSkippedByCounters, type Limits } from "./plan.ts";
import type { Columns, Queries } from "./queries.ts";
import { MESSAGE_COLUMNS } from "./row.ts";
import { Tallies } from "./tallies.ts";
import type { CountedPeriods } from "./totals.ts";

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
    const order = `ORDER BY ${ORDER_BY[page.order]}`;
    // One row even when none is found, to say whether there are more to look at. A full page ends the walk.
    const rows = await this.#queries.rows(
      `WITH found AS MATERIALIZED (
         SELECT * FROM (
           SELECT ${MESSAGE_COLUMNS}, coalesce(${needle?.contains ?? "TRUE"}, FALSE) AS hit
           FROM messages WHERE ${sql} ${order} LIMIT $walk
         ) AS walked WHERE hit ${order} LIMIT $limit OFFSET $offset
       )
       SELECT ended, found.* FROM (
         SELECT (SELECT count(*) FROM found) < $limit
           AND (SELECT count(*) FROM (SELECT FROM messages WHERE ${sql} LIMIT $walk) AS looked) < $walk AS ended
       ) AS end_of_walk LEFT JOIN found ON TRUE ${order}`,
      { ...values, ...needle?.values, walk: this.#limits.walk, limit: page.limit + 1, offset: page.offset },
    );
    const found = rows.filter((row) => row["message_id"] !== null);
    return found.length > page.limit || rows[0]?.["ended"] === true ? found : null;
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

  /** Of all messages that match, when it is known how many of them each day holds: on the way are only those of some days. */
  async inDays(criteria: Criteria, page: PageRequest, days: CountedPeriods): Promise<readonly Columns[]> {
    const place = placeIn(days, page);
    if (place === null) return [];
    const { sql, values } = allOf(
      withinOf(criteria),
      behindOf(page),
      atOrAfter(startOfPeriod(place.from), "from"),
      before(startOfPeriod(place.end), "end"),
    );
    const order = `ORDER BY ${ORDER_BY[page.order]}`;
    // OFFSET 0 keeps PostgreSQL from asking the search index, which knows nothing of days.
    return this.#queries.rows(
      `SELECT * FROM (
         SELECT ${MESSAGE_COLUMNS}, coalesce(${criteria.needle?.contains ?? "TRUE"}, FALSE) AS hit
         FROM messages WHERE ${sql} ${order} OFFSET 0
       ) AS walked WHERE hit ${order} LIMIT $limit OFFSET $offset`,
      { ...values, ...criteria.needle?.values, limit: page.limit + 1, offset: place.offset },
    );
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
