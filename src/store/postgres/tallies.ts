import type { Instant } from "../../message.ts";
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, PERIOD_SECONDS, startOf } from "../periods.ts";
import type { BucketCount } from "../timeline.ts";
import { allOf, atOrAfter, before, type Condition, sideIs } from "./conditions.ts";
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

/** In the names of parameters. */
const PERIOD_NAMES = { [DAY_SECONDS]: "day", [HOUR_SECONDS]: "hour", [MINUTE_SECONDS]: "minute" } as const;
const NONE: Condition = { sql: "0", values: {} };

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

  /** In one statement: each more would cost what it takes to ask. */
  async between(since: Instant | undefined, until: Instant | undefined): Promise<number> {
    const upTo = until === undefined ? this.#all() : this.#before(until, "until");
    const from = since === undefined ? NONE : this.#before(since, "since");
    const messages = await this.#queries.count(`SELECT ${upTo.sql} - ${from.sql} AS n`, {
      ...upTo.values,
      ...from.values,
    });
    return Math.max(0, messages);
  }

  before(instant: Instant): Promise<number> {
    return this.between(undefined, instant);
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

  /**
   * How many are before the instant: the whole periods, from the widest to the narrowest, what waits to be counted, and what is left of
   * the last one, through the index, entry by entry. `name` tells its parameters from those of another.
   */
  #before(instant: Instant, name: string): Condition {
    const { widths, messages, from, uncounted } = this.#kept;
    const parts: string[] = [];
    const values: Record<string, number> = {};
    let reached = Number.MIN_SAFE_INTEGER;
    for (const width of widths) {
      const [first, end] = [`${name}_first_${PERIOD_NAMES[width]}`, `${name}_end_${PERIOD_NAMES[width]}`];
      const whole = `${from.replace("$width", String(width))} AND start >= $${first} AND start < $${end}`;
      parts.push(`coalesce((SELECT sum(${messages}) FROM ${whole}), 0)`);
      values[first] = reached;
      reached = startOf(instant.seconds, width);
      values[end] = reached;
    }
    const last = `${name}_end_${PERIOD_NAMES[widths.at(-1) ?? HOUR_SECONDS]}`;
    parts.push(`(SELECT count(*) FROM uncounted WHERE ${uncounted} AND ts_seconds < $${last})`);
    const left = allOf(
      this.#side === undefined ? null : sideIs(this.#side),
      atOrAfter({ seconds: reached, nanos: 0 }, `${name}_left`),
      before(instant, name),
    );
    parts.push(`(SELECT count(*) FROM messages WHERE ${left.sql})`);
    return {
      sql: `(${parts.join(" + ")})`,
      values: { ...values, ...left.values, ...this.#values(HOUR_SECONDS) },
    };
  }

  #all(): Condition {
    return this.#side === undefined
      ? { sql: "(SELECT messages + (SELECT count(*) FROM uncounted) FROM totals)", values: {} }
      : { sql: "$side_messages::bigint", values: { side_messages: this.#side.messages } };
  }

  #values(width: number): Values {
    return this.#side === undefined ? { width } : { party: this.#side.name };
  }
}

/** In SQL, the start of the period of `width` seconds that `seconds` lies in. */
export function startIn(seconds: string, width: number | string): string {
  return `${seconds} - (${seconds} % ${width} + ${width}) % ${width}`;
}
