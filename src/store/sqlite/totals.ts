import { HOUR_SECONDS, MINUTE_SECONDS, startOf } from "../periods.ts";
import { Remembered } from "../remembered.ts";
import { allOf, arrived, atOrAfter, before, containsNeedle, indexOf, withinOf } from "./conditions.ts";
import type { Criteria } from "./criteria.ts";
import { hitsOf, keptHits, matchOf, type Share, shareOfMatch, sharesOfTexts } from "./matches.ts";
import { isWithin, type Known, type Moment, overlaps, type Part } from "./moment.ts";
import { isAddedToRemembered, type Limits, planPart, type TotalPlan } from "./plan.ts";
import type { Queries } from "./queries.ts";
import type { Steps } from "./steps.ts";
import { Tallies } from "./tallies.ts";

/** Filters whose totals are kept in memory; some 300 bytes each. */
const TOTALS_KEPT_MAX = 1_000;

/** A total that the counters alone cannot tell. */
export interface Question {
  readonly plan: TotalPlan;
  readonly criteria: Criteria;
  /** Messages that match all but the needle and the second side. */
  readonly within: number;
  /** Names the filter. */
  readonly key: string;
}

/** Counts the messages that match, and remembers how many. */
export class Totals {
  readonly #queries: Queries;
  readonly #limits: Limits;
  readonly #remembered = new Remembered<Known<number>>(TOTALS_KEPT_MAX);

  constructor(queries: Queries, limits: Limits) {
    this.#queries = queries;
    this.#limits = limits;
  }

  *count(question: Question, moment: Moment): Steps<number> {
    // Whoever asked the same before may have counted when this has its turn.
    yield;
    const { criteria, key } = question;
    const { lastId } = moment;
    const known = this.#remembered.get(key);
    if (known !== undefined && known.upTo > lastId) {
      return known.value - (yield* this.#amongIds(criteria, lastId, known.upTo, moment));
    }
    const total =
      known !== undefined && isAddedToRemembered(question.plan, lastId - known.upTo, question.within)
        ? known.value + (yield* this.#amongIds(criteria, known.upTo, lastId, moment))
        : yield* this.#fromTheBeginning(question, moment);
    this.#remembered.set(key, { upTo: lastId, value: total });
    return total;
  }

  *#fromTheBeginning({ plan, criteria }: Question, moment: Moment): Steps<number> {
    if (plan === "parts") return yield* this.#amongIds(criteria, 0, moment.lastId, moment);
    let total = 0;
    for (const share of plan === "range" ? [inRange(criteria)] : this.#slices(criteria)) {
      const where = allOf(share.where, arrived(0, moment.lastId));
      total += this.#inShare({ ...share, where });
      yield;
    }
    return total;
  }

  /** Of the messages above one id and up to another, part by part of the search index. */
  *#amongIds(criteria: Criteria, above: number, upTo: number, moment: Moment): Steps<number> {
    let total = 0;
    let reached = above;
    for (const part of moment.parts) {
      const [from, to] = [Math.max(above, part.firstId - 1), Math.min(upTo, part.lastId)];
      if (from >= to) continue;
      reached = to;
      if (!overlaps(part, criteria)) continue;
      total += yield* this.#inPart(criteria, part, from, to);
    }
    // What the search index does not know yet, or did not at that moment.
    return total + (yield* this.#inTexts(criteria, reached, upTo));
  }

  *#inPart(criteria: Criteria, part: Part, above: number, upTo: number): Steps<number> {
    const isWhole = above === part.firstId - 1 && upTo === part.lastId;
    const share = {
      messages: upTo - above,
      isWhole,
      isWithin: isWithin(part, criteria),
      isTidy: part.isTidy,
    };
    const plan = planPart(criteria, share, this.#limits);
    if (plan === "kept") return keptHits(criteria.needle?.prefix ?? "", part, this.#queries);
    if (plan === "texts") return yield* this.#inTexts(criteria, above, upTo);
    const match = matchOf(criteria, part, this.#queries, this.#limits);
    if (match === "none") return 0;
    if (match === "texts") return yield* this.#inTexts(criteria, above, upTo);
    const counted =
      plan === "match"
        ? this.#inShare(hitsOf(part, match, above, upTo))
        : this.#inShare(shareOfMatch(criteria, part, match, above, upTo));
    yield;
    return counted;
  }

  *#inTexts(criteria: Criteria, above: number, upTo: number): Steps<number> {
    let total = 0;
    for (const share of sharesOfTexts(criteria, above, upTo, this.#limits)) {
      total += this.#inShare(share);
      yield;
    }
    return total;
  }

  #inShare({ from, where }: Share): number {
    return this.#queries.count(`SELECT count(*) AS n FROM ${from} WHERE ${where.sql}`, where.values);
  }

  /** The range, cut where the counters say that it has been enough for one statement. */
  *#slices(criteria: Criteria): Generator<Share> {
    const [side] = criteria.sides;
    const width = side === undefined ? MINUTE_SECONDS : HOUR_SECONDS;
    const first = criteria.since && startOf(criteria.since.seconds, width);
    const periods = new Tallies(this.#queries, side).periods(
      width,
      first ?? Number.MIN_SAFE_INTEGER,
      criteria.until === undefined ? Number.MAX_SAFE_INTEGER : criteria.until.seconds + 1,
    );
    let cut = Number.MIN_SAFE_INTEGER;
    let gathered = 0;
    for (const { start, messages } of periods) {
      if (gathered > 0 && gathered + messages > this.#limits.range) {
        yield slice(criteria, cut, start);
        [cut, gathered] = [start, 0];
      }
      gathered += messages;
    }
    yield slice(criteria, cut, Number.MAX_SAFE_INTEGER);
  }
}

function inRange(criteria: Criteria): Share {
  return {
    from: `messages INDEXED BY ${indexOf(criteria)}`,
    where: allOf(withinOf(criteria), containsNeedle(criteria)),
  };
}

function slice(criteria: Criteria, since: number, until: number): Share {
  const { from, where } = inRange(criteria);
  const cut = [
    atOrAfter({ seconds: since, nanos: 0 }, "cut"),
    before({ seconds: until, nanos: 0 }, "end"),
  ] as const;
  return { from, where: allOf(where, ...cut) };
}
