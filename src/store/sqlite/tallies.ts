import type { Instant } from "../../message.ts";
import { HOUR_SECONDS, PERIOD_SECONDS, startOf } from "../periods.ts";
import { allOf, atOrAfter, before, indexOf, sideIs } from "./conditions.ts";
import type { Criteria, Side } from "./criteria.ts";
import type { Queries } from "./queries.ts";

const KEPT_FOR = {
  all: { widths: PERIOD_SECONDS, from: "periods WHERE width = $width", messages: "messages" },
  sender: { widths: [HOUR_SECONDS], from: "party_hours WHERE party = $party AND sent > 0", messages: "sent" },
  recipient: {
    widths: [HOUR_SECONDS],
    from: "party_hours WHERE party = $party AND received > 0",
    messages: "received",
  },
} as const;

/** A kept period: how many messages are before it, and in it. */
export interface Period {
  readonly start: number;
  readonly width: number;
  readonly before: number;
  readonly messages: number;
}

/** Counts over time, of all messages or of one side, from the figures that are kept (counters.ts). */
export class Tallies {
  readonly #queries: Queries;
  readonly #side: Side | undefined;
  readonly #kept: (typeof KEPT_FOR)[keyof typeof KEPT_FOR];

  constructor(queries: Queries, side: Side | undefined) {
    this.#queries = queries;
    this.#side = side;
    this.#kept = KEPT_FOR[side?.role ?? "all"];
  }

  between(since: Instant | undefined, until: Instant | undefined): number {
    const upTo = until === undefined ? this.#all() : this.before(until);
    return Math.max(0, upTo - (since === undefined ? 0 : this.before(since)));
  }

  /** Adds up the whole periods, from the widest to the narrowest, and counts what is left of the last one. */
  before(instant: Instant): number {
    let reached = Number.MIN_SAFE_INTEGER;
    let messages = 0;
    for (const width of this.#kept.widths) {
      const end = startOf(instant.seconds, width);
      messages += this.#sum(width, reached, end);
      reached = end;
    }
    return messages + this.#look({ seconds: reached, nanos: 0 }, instant);
  }

  /** The narrowest kept period that holds the message which `rank` others come before; null beyond the last. */
  periodOf(rank: number): Period | null {
    let found: Period | null = null;
    for (const width of this.#kept.widths) {
      const outer: Period | null = found;
      found = this.#seek(rank, width, outer?.before ?? 0, outer?.start ?? Number.MIN_SAFE_INTEGER);
      if (found === null) return null;
    }
    return found;
  }

  /** Messages of each whole period of `width` seconds from `since` on and before `until`, in order. */
  periods(width: number, since: number, until: number): { start: number; messages: number }[] {
    const { from, messages, widths } = this.#kept;
    const kept = widths.find((known) => known <= width) ?? HOUR_SECONDS;
    // Days of a party are added up from its hours.
    const [start, n, group] =
      kept === width
        ? ["start", messages, ""]
        : [`start - (start % ${width} + ${width}) % ${width}`, `sum(${messages})`, "GROUP BY first"];
    const rows = this.#queries.rows(
      `SELECT ${start} AS first, ${n} AS n FROM ${from} AND start >= $since AND start < $until ${group} ORDER BY first`,
      { ...this.#values(kept), since, until },
    );
    return rows.map(({ first, n }) => ({ start: Number(first), messages: Number(n) }));
  }

  #seek(rank: number, width: number, before: number, from: number): Period | null {
    const kept = this.#kept;
    const periods = this.#queries.each(
      `SELECT start, ${kept.messages} AS n FROM ${kept.from} AND start >= $from ORDER BY start`,
      { ...this.#values(width), from },
    );
    let passed = before;
    for (const { start, n } of periods) {
      const messages = Number(n);
      if (passed + messages > rank) return { start: Number(start), width, before: passed, messages };
      passed += messages;
    }
    return null;
  }

  #sum(width: number, from: number, to: number): number {
    if (from >= to) return 0;
    const { messages, from: source } = this.#kept;
    return this.#queries.count(
      `SELECT sum(${messages}) AS n FROM ${source} AND start >= $from AND start < $to`,
      {
        ...this.#values(width),
        from,
        to,
      },
    );
  }

  /** Through the index, entry by entry. */
  #look(since: Instant, until: Instant): number {
    if (until.seconds === since.seconds && until.nanos === 0) return 0;
    const criteria: Criteria = { sides: this.#side === undefined ? [] : [this.#side] };
    const { sql, values } = allOf(...criteria.sides.map(sideIs), atOrAfter(since), before(until));
    return this.#queries.count(
      `SELECT count(*) AS n FROM messages INDEXED BY ${indexOf(criteria)} WHERE ${sql}`,
      values,
    );
  }

  #all(): number {
    return this.#side?.messages ?? this.#queries.count("SELECT messages AS n FROM totals");
  }

  #values(width: number): { width: number } | { party: number } {
    return this.#side === undefined ? { width } : { party: this.#side.id };
  }
}
