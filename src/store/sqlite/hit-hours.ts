import type { Instant, PageRequest } from "../../message.ts";
import { HOUR_SECONDS } from "../periods.ts";
import { Remembered } from "../remembered.ts";
import type { Criteria } from "./criteria.ts";
import { sharesOfPart, sharesOfTexts } from "./matches.ts";
import { type Known, type Moment, overlaps } from "./moment.ts";
import type { Limits } from "./plan.ts";
import type { Queries } from "./queries.ts";
import type { Steps } from "./steps.ts";

const HOUR = `ts_seconds - (ts_seconds % ${HOUR_SECONDS} + ${HOUR_SECONDS}) % ${HOUR_SECONDS}`;
/** Searches whose hours are kept: of ten years, some 5 MB each. */
const SEARCHES_KEPT_MAX = 8;

/** Where a deep page begins: in the hour behind `edge`, in the direction of its order, after `offset` hits of it. */
interface Place {
  readonly edge: Instant;
  readonly offset: number;
}

/** The hits of each hour, so that not all of them have to be held to be put in order. Kept for who leafs on. */
export class HitHours {
  readonly #queries: Queries;
  readonly #limits: Limits;
  readonly #remembered = new Remembered<Known<ReadonlyMap<number, number>>>(SEARCHES_KEPT_MAX);

  constructor(queries: Queries, limits: Limits) {
    this.#queries = queries;
    this.#limits = limits;
  }

  /** Where the page of the search that `key` names begins; null beyond the last hit. */
  *placeToRead(criteria: Criteria, page: PageRequest, key: string, moment: Moment): Steps<Place | null> {
    let left = page.offset;
    const forward = page.order === "asc";
    const hours = yield* this.#hoursOf(criteria, key, moment);
    for (const [hour, hits] of [...hours].toSorted(([a], [b]) => (forward ? a - b : b - a))) {
      if (left < hits) {
        return { edge: { seconds: forward ? hour : hour + HOUR_SECONDS, nanos: 0 }, offset: left };
      }
      left -= hits;
    }
    return null;
  }

  *#hoursOf(criteria: Criteria, key: string, moment: Moment): Steps<ReadonlyMap<number, number>> {
    const { lastId, searchable } = moment;
    const known = this.#remembered.get(key);
    // One of a later moment cannot be told apart again: rare, and counted anew.
    const { upTo, value } =
      known !== undefined && known.upTo <= lastId ? known : { upTo: 0, value: new Map<number, number>() };
    const hours = new Map(value);
    const isNew = upTo === 0 || lastId - upTo > this.#limits.texts;
    if (isNew) {
      hours.clear();
      for (const part of moment.parts.filter((each) => overlaps(each, criteria))) {
        for (const share of sharesOfPart(criteria, part, this.#queries, this.#limits)) {
          this.#add(share, hours);
          yield;
        }
      }
    }
    for (const share of sharesOfTexts(criteria, isNew ? searchable : upTo, lastId, this.#limits)) {
      this.#add(share, hours);
      yield;
    }
    this.#remembered.set(key, { upTo: lastId, value: hours });
    return hours;
  }

  #add({ from, where }: ReturnType<typeof sharesOfTexts>[number], hours: Map<number, number>): void {
    const sql = `SELECT ${HOUR} AS hour, count(*) AS n FROM ${from} WHERE ${where.sql} GROUP BY hour`;
    for (const { hour, n } of this.#queries.rows(sql, where.values)) {
      hours.set(Number(hour), (hours.get(Number(hour)) ?? 0) + Number(n));
    }
  }
}
