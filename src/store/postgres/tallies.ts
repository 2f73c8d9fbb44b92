import type { Instant } from "../../message.ts";
import { HOUR_SECONDS, PERIOD_SECONDS, startOf } from "../periods.ts";
import type { BucketCount } from "../timeline.ts";
import { allOf, atOrAfter, before, sideIs } from "./conditions.ts";
import type { Side } from "./criteria.ts";
import type { Queries, Values } from "./queries.ts";

/** The kept counts of each, and how many messages of `uncounted` have to be added. */
const KEPT_FOR = {
  all: {
    widths: PERIOD_SECONDS,
    from: "periods WHERE width = $width",
    messages: "messages",
    uncounted: "TRUE",
  },
  sender: {
    widths: [HOUR_SECONDS],
    from: "party_hours WHERE party = $party AND sent > 0",
    messages: "sent",
    uncounted: "sender = $party",
  },
  recipient: {
    widths: [HOUR_SECONDS],
    from: "party_hours WHERE party = $party AND received > 0",
    messages: "received",
    uncounted: "recipient = $party",
  },
} as const;

/** A kept period: how many messages are before it, and in it. */
export interface Period {
  readonly start: number;
  readonly width: number;
  readonly before: number;
  readonly messages: number;
}

/** Counts over time, of all messages or of one side: what is kept, and what waits to be counted. */
export class Tallies {
  readonly #queries: Queries;
  readonly #side: Side | undefined;
  readonly #kept: (typeof KEPT_FOR)[keyof typeof KEPT_FOR];

  constructor(queries: Queries, side: Side | undefined) {
    this.#queries = queries;
    this.#side = side;
    this.#kept = KEPT_FOR[side?.role ?? "all"];
  }

  async between(since: Instant | undefined, until: Instant | undefined): Promise<number> {
    const upTo = until === undefined ? await this.#all() : await this.before(until);
    return Math.max(0, upTo - (since === undefined ? 0 : await this.before(since)));
  }

  /** Adds up the whole periods, from the widest to the narrowest, and counts what is left of the last one. */
  async before(instant: Instant): Promise<number> {
    let reached = Number.MIN_SAFE_INTEGER;
    let messages = 0;
    for (const width of this.#kept.widths) {
      const end = startOf(instant.seconds, width);
      messages += await this.#sum(width, reached, end);
      reached = end;
    }
    return messages + (await this.#look({ seconds: reached, nanos: 0 }, instant));
  }

  /** The narrowest kept period that holds the message which `rank` others come before; null beyond the last. */
  async periodOf(rank: number): Promise<Period | null> {
    let found: Period | null = null;
    for (const width of this.#kept.widths) {
      const outer: Period | null = found;
      const from = outer?.start ?? Number.MIN_SAFE_INTEGER;
      const end = outer === null ? Number.MAX_SAFE_INTEGER : outer.start + outer.width;
      found = await this.#seek(rank, width, outer?.before ?? 0, from, end);
      if (found === null) return null;
    }
    return found;
  }

  /** Messages of each whole period of `width` seconds from `since` on and before `until`, in order. */
  async periods(width: number, since: number, until: number): Promise<BucketCount[]> {
    const { from, messages, widths, uncounted } = this.#kept;
    // Days of a party are added up from its hours.
    const kept = widths.find((known) => known <= width) ?? HOUR_SECONDS;
    const rows = await this.#queries.rows(
      `SELECT first, sum(n) AS n FROM (
         SELECT ${startIn("start", width)} AS first, ${messages} AS n FROM ${from} AND start >= $since AND start < $until
         UNION ALL
         SELECT ${startIn("ts_seconds", width)}, 1 FROM uncounted
         WHERE ${uncounted} AND ts_seconds >= $since AND ts_seconds < $until
       ) AS each GROUP BY first ORDER BY first`,
      { ...this.#values(kept), since, until },
    );
    return rows.map(({ first, n }) => ({ start: Number(first), messages: Number(n) }));
  }

  async #seek(
    rank: number,
    width: number,
    before: number,
    from: number,
    end: number,
  ): Promise<Period | null> {
    let passed = before;
    for (const { start, messages } of await this.periods(width, from, end)) {
      if (passed + messages > rank) return { start, width, before: passed, messages };
      passed += messages;
    }
    return null;
  }

  async #sum(width: number, from: number, to: number): Promise<number> {
    if (from >= to) return 0;
    const { messages, from: source, uncounted } = this.#kept;
    return this.#queries.count(
      `SELECT coalesce((SELECT sum(${messages}) FROM ${source} AND start >= $from AND start < $to), 0)
         + (SELECT count(*) FROM uncounted WHERE ${uncounted} AND ts_seconds >= $from AND ts_seconds < $to) AS n`,
      { ...this.#values(width), from, to },
    );
  }

  /** Through the index, entry by entry. */
  async #look(since: Instant, until: Instant): Promise<number> {
    if (until.seconds === since.seconds && until.nanos === 0) return 0;
    const side = this.#side === undefined ? null : sideIs(this.#side);
    const { sql, values } = allOf(side, atOrAfter(since), before(until));
    return this.#queries.count(`SELECT count(*) AS n FROM messages WHERE ${sql}`, values);
  }

  async #all(): Promise<number> {
    if (this.#side !== undefined) return this.#side.messages;
    return this.#queries.count("SELECT messages + (SELECT count(*) FROM uncounted) AS n FROM totals");
  }

  #values(width: number): Values {
    return this.#side === undefined ? { width } : { party: this.#side.name };
  }
}

/** In SQL, the start of the period of `width` seconds that `seconds` lies in. */
export function startIn(seconds: string, width: number): string {
  return `${seconds} - (${seconds} % ${width} + ${width}) % ${width}`;
}
