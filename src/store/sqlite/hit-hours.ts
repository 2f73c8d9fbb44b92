import type { Instant, PageRequest } from "../../message.ts";
import { HOUR_SECONDS } from "./counters.ts";
import type { Criteria } from "./criteria.ts";
import { sharesOfPart, sharesOfTexts } from "./matches.ts";
import { type Moment, overlaps } from "./moment.ts";
import type { Limits } from "./plan.ts";
import type { Queries } from "./queries.ts";
import type { Steps } from "./steps.ts";

const HOUR = `ts_seconds - (ts_seconds % ${HOUR_SECONDS} + ${HOUR_SECONDS}) % ${HOUR_SECONDS}`;

/** Where a deep page begins: in the hour behind `edge`, in the direction of its order, after `offset` hits of it. */
interface Place {
  readonly edge: Instant;
  readonly offset: number;
}

/** Counts the hits of each hour, so that not all of them have to be held to be put in order. Null beyond the last. */
export function* hourOfPage(
  criteria: Criteria,
  { offset, order }: PageRequest,
  moment: Moment,
  queries: Queries,
  limits: Limits,
): Steps<Place | null> {
  const hours = new Map<number, number>();
  const shares = sharesOfTexts(criteria, moment.searchable, moment.lastId, limits);
  for (const part of moment.parts.filter((each) => overlaps(each, criteria))) {
    shares.push(...sharesOfPart(criteria, part, queries, limits));
    yield;
  }
  for (const { from, where } of shares) {
    const sql = `SELECT ${HOUR} AS hour, count(*) AS n FROM ${from} WHERE ${where.sql} GROUP BY hour`;
    for (const { hour, n } of queries.rows(sql, where.values)) {
      hours.set(Number(hour), (hours.get(Number(hour)) ?? 0) + Number(n));
    }
    yield;
  }
  let left = offset;
  const forward = order === "asc";
  for (const [hour, hits] of [...hours].toSorted(([a], [b]) => (forward ? a - b : b - a))) {
    if (left < hits) {
      return { edge: { seconds: forward ? hour : hour + HOUR_SECONDS, nanos: 0 }, offset: left };
    }
    left -= hits;
  }
  return null;
}
