/**
 * Counts what the counters cannot tell, and remembers of each period how many messages it held then and how many of them matched.
 *
 *   periods now ─┬─ as many messages as then ─▶ the same messages, and the same matches
 *                └─ others ─▶ the periods within it, likewise ─▶ only the narrowest of them are counted again
 *
 * For messages never change, and of two moments of one server between which nothing was erased, the later sees all that the earlier
 * saw. So it is remembered by server (totals-by-server.ts), since one that takes over may lack what another had, and by how many times
 * something was erased: then all is counted anew.
 */
import { DAY_SECONDS, HOUR_SECONDS, PERIOD_SECONDS, startOf } from "../periods.ts";
import { Remembered } from "../remembered.ts";
import { allOf, atOrAfter, before, containsNeedle, withinOf } from "./conditions.ts";
import type { Criteria } from "./criteria.ts";
import type { Queries } from "./queries.ts";
import { startIn, Tallies } from "./tallies.ts";

/** Of all totals kept in memory, some 120 bytes each: fifty totals of ten years. */
const PERIODS_KEPT_MAX = 200_000;
/** Periods of which is remembered what lies within them: arrivals are of the last days, but for a few. */
const OPENED_KEPT_MAX = 4;
/** Statements for periods that changed, some 0.5 ms each; where more did, all of the wider period is counted at once. */
const STATEMENTS_MAX = 100;

/** Of all messages, and of those of one side, for which no minutes are kept; the widest first. */
const WIDTHS: readonly number[] = PERIOD_SECONDS;
const WIDTHS_OF_A_SIDE = [DAY_SECONDS, HOUR_SECONDS];

/** Of one period. */
interface Counted {
  readonly messages: number;
  readonly matches: number;
  /** Null until the period held other messages than before. */
  readonly within: CountedPeriods | null;
}

/** By their start, in order. */
export type CountedPeriods = ReadonlyMap<number, Counted>;

interface Range {
  readonly from: number;
  readonly end: number;
}

export type RememberedTotals = Remembered<CountedPeriods>;

export function rememberedTotals(): RememberedTotals {
  return new Remembered(PERIODS_KEPT_MAX, periodsIn);
}

export class Totals {
  readonly #queries: Queries;
  readonly #remembered: RememberedTotals;

  /** `remembered`: what was found on the same server. */
  constructor(queries: Queries, remembered: RememberedTotals) {
    this.#queries = queries;
    this.#remembered = remembered;
  }

  async count(criteria: Criteria): Promise<number> {
    return matchesOf(await this.days(criteria));
  }

  /** Of each day that holds messages, also without a match. */
  async days(criteria: Criteria): Promise<CountedPeriods> {
    const key = keyOf(criteria, this.#queries.erasures);
    const counted = await new Search(this.#queries, criteria).count(
      null,
      this.#remembered.get(key) ?? null,
      0,
    );
    this.#remembered.set(key, withoutOldest(counted));
    return counted;
  }
}

/** The counting of one total. */
class Search {
  readonly #queries: Queries;
  readonly #criteria: Criteria;
  readonly #tallies: Tallies;
  readonly #widths: readonly number[];
  #statementsLeft = STATEMENTS_MAX;

  constructor(queries: Queries, criteria: Criteria) {
    const [side] = criteria.sides;
    this.#queries = queries;
    this.#criteria = criteria;
    this.#tallies = new Tallies(queries, side);
    this.#widths = side === undefined ? WIDTHS : WIDTHS_OF_A_SIDE;
  }

  /** `range`: a whole period, or null for all. `depth`: how many wider periods lie around. */
  async count(range: Range | null, known: CountedPeriods | null, depth: number): Promise<CountedPeriods> {
    const width = this.#widths[depth] ?? 0;
    const { from, end } = range ?? this.#asked(width);
    const periods = await this.#tallies.periods(width, from, end);
    const changed = periods.filter(({ start, messages }) => known?.get(start)?.messages !== messages).length;
    if (known === null || changed > this.#statementsLeft) {
      const matches = await this.#matches(width, range);
      return new Map(
        periods.map(({ start, messages }) => [
          start,
          { messages, matches: matches.get(start) ?? 0, within: null },
        ]),
      );
    }
    this.#statementsLeft -= changed;
    const counted = new Map<number, Counted>();
    for (const { start, messages } of periods) {
      const before = known.get(start) ?? null;
      const same = before?.messages === messages ? before : null;
      counted.set(
        start,
        same ?? (await this.#countAgain({ start, width, messages }, before?.within ?? null, depth)),
      );
    }
    return counted;
  }

  async #countAgain(
    { start, width, messages }: { start: number; width: number; messages: number },
    known: CountedPeriods | null,
    depth: number,
  ): Promise<Counted> {
    const period = { from: start, end: start + width };
    if (depth + 1 < this.#widths.length) {
      const within = await this.count(period, known, depth + 1);
      return { messages, matches: matchesOf(within), within };
    }
    const matches = await this.#matches(width, period);
    return { messages, matches: matches.get(start) ?? 0, within: null };
  }

  /** The whole periods that `since` and `until` lie in: where these hold the same messages, their parts do. */
  #asked(width: number): Range {
    const { since, until } = this.#criteria;
    return {
      from: since === undefined ? Number.MIN_SAFE_INTEGER : startOf(since.seconds, width),
      end: until === undefined ? Number.MAX_SAFE_INTEGER : startOf(until.seconds, width) + width,
    };
  }

  /** One by one, through the index that PostgreSQL chooses; by the start of the period, without the empty ones. */
  async #matches(width: number, range: Range | null): Promise<ReadonlyMap<number, number>> {
    const { sql, values } = allOf(
      withinOf(this.#criteria),
      containsNeedle(this.#criteria),
      range && atOrAfter({ seconds: range.from, nanos: 0 }, "from"),
      range && before({ seconds: range.end, nanos: 0 }, "end"),
    );
    const rows = await this.#queries.rows(
      `SELECT ${startIn("ts_seconds", width)} AS start, count(*) AS n FROM messages WHERE ${sql} GROUP BY 1`,
      values,
    );
    return new Map(rows.map(({ start, n }) => [Number(start), Number(n)]));
  }
}

function periodsIn(counted: CountedPeriods): number {
  let periods = counted.size;
  for (const { within } of counted.values()) if (within !== null) periods += periodsIn(within);
  return periods;
}

export function matchesOf(counted: CountedPeriods): number {
  let matches = 0;
  for (const period of counted.values()) matches += period.matches;
  return matches;
}

function withoutOldest(counted: CountedPeriods): CountedPeriods {
  const opened = [...counted].filter(([, { within }]) => within !== null);
  const oldest = new Set(opened.slice(0, -OPENED_KEPT_MAX).map(([start]) => start));
  return oldest.size === 0
    ? counted
    : new Map(
        [...counted].map(([start, period]) => [
          start,
          oldest.has(start) ? { ...period, within: null } : period,
        ]),
      );
}

/** In the snapshot that is read. The messages of a side change with every arrival, and are not what is asked. */
function keyOf({ sides, since, until, needle }: Criteria, erasures: string): string {
  return JSON.stringify([
    erasures,
    sides.map(({ role, name }) => [role, name]),
    since,
    until,
    needle?.values,
  ]);
}
