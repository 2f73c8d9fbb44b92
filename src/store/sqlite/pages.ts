import { compareInstants } from "../../instant.ts";
import type { Instant, PageRequest, Position } from "../../message.ts";
import {
  allOf,
  arrived,
  atOrAfter,
  before,
  behind,
  type Condition,
  containsNeedle,
  indexOf,
  ORDER_BY,
  withinOf,
} from "./conditions.ts";
import type { Criteria } from "./criteria.ts";
import { HitHours } from "./hit-hours.ts";
import { hitsIn, type Share, sharesOfPart, sharesOfTexts } from "./matches.ts";
import { type Moment, overlaps, type Part } from "./moment.ts";
import { isSkippedByCounters, type Limits, planAfterGlance, planSearch } from "./plan.ts";
import type { Queries } from "./queries.ts";
import { type Columns, MESSAGE_COLUMNS, positionOf } from "./row.ts";
import type { Steps } from "./steps.ts";
import { Tallies } from "./tallies.ts";

/** What a hit is known by until it is put in its place. */
interface Hit {
  readonly id: number;
  readonly position: Position;
}

const HIT_COLUMNS = "messages.id AS id, ts_seconds, ts_nanos, message_id";

/** The rows of one page, and one more where another follows. */
export class Pages {
  readonly #queries: Queries;
  readonly #limits: Limits;
  readonly #hitHours: HitHours;

  constructor(queries: Queries, limits: Limits) {
    this.#queries = queries;
    this.#limits = limits;
    this.#hitHours = new HitHours(queries, limits);
  }

  /** Of the messages that contain the needle; `key` names the filter. */
  *search(criteria: Criteria, page: PageRequest, key: string, moment: Moment): Steps<Columns[]> {
    const plan = planSearch(page, this.#limits);
    if (plan === "hours") return yield* this.#inHour(criteria, page, key, moment);
    const found =
      (plan === "glance" ? this.#onTheWay(criteria, page, moment) : null) ??
      (yield* this.#gather(criteria, page, moment));
    return this.#rowsOf(found);
  }

  /** Of all messages that match, when there is no needle: each on the way is one of the page. */
  inOrder(criteria: Criteria, page: PageRequest): Columns[] {
    const { from, offset } = isSkippedByCounters(criteria, page.offset, this.#limits)
      ? this.#skip(criteria, page)
      : { from: null, offset: page.offset };
    if (offset === null) return [];
    const { sql, values } = allOf(
      withinOf(criteria),
      page.after === undefined ? null : behind(page.after, page.order),
      from,
    );
    return this.#queries.rows(
      `SELECT ${MESSAGE_COLUMNS} FROM messages INDEXED BY ${indexOf(criteria)} WHERE ${sql}
       ORDER BY ${ORDER_BY[page.order]} LIMIT $limit OFFSET $offset`,
      { ...values, limit: page.limit + 1, offset },
    );
  }

  /** Where to begin so that little is left to step over; `offset` null beyond the last message. */
  #skip(
    { sides, since, until }: Criteria,
    { offset, order }: PageRequest,
  ): { from: Condition | null; offset: number | null } {
    const tallies = new Tallies(this.#queries, sides[0]);
    const first = since === undefined ? 0 : tallies.before(since);
    const end = tallies.between(undefined, until);
    if (first + offset >= end) return { from: null, offset: null };
    const period = tallies.periodOf(order === "asc" ? first + offset : end - offset - 1);
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

  /** Null when that does not fill the page. */
  #onTheWay(criteria: Criteria, page: PageRequest, moment: Moment): Hit[] | null {
    const glanced = this.#walk(this.#limits.glance, criteria, page, moment);
    if (glanced !== null) return glanced;
    const [first] = inOrderOfTime(criteria, page, moment);
    const hits = first === undefined ? null : hitsIn(criteria, first, this.#queries, this.#limits);
    const plan = planAfterGlance(page, hits, this.#limits);
    return plan === "walk" ? this.#walk(this.#limits.walk, criteria, page, moment) : null;
  }

  /** Null when the page is not full after so many messages, and there are more. */
  #walk(messages: number, criteria: Criteria, page: PageRequest, { lastId }: Moment): Hit[] | null {
    const needed = page.offset + page.limit + 1;
    const contains = containsNeedle(criteria);
    const { sql, values } = allOf(
      withinOf(criteria),
      page.after === undefined ? null : behind(page.after, page.order),
      arrived(0, lastId),
    );
    const found: Hit[] = [];
    let looked = 0;
    const rows = this.#queries.each(
      `SELECT ${HIT_COLUMNS}, ${contains?.sql ?? "TRUE"} AS hit FROM messages INDEXED BY ${indexOf(criteria)}
       WHERE ${sql} ORDER BY ${ORDER_BY[page.order]} LIMIT $messages`,
      { ...values, ...contains?.values, messages },
    );
    for (const row of rows) {
      looked += 1;
      if (row["hit"] === 1) found.push(hitOf(row));
      if (found.length === needed) break;
    }
    return found.length === needed || looked < messages ? found.slice(page.offset) : null;
  }

  /** Part by part in the order of time, until no part that is left can hold a message of the page. */
  *#gather(criteria: Criteria, page: PageRequest, moment: Moment): Steps<Hit[]> {
    const { order, offset, limit } = page;
    const needed = offset + limit + 1;
    const forward = order === "asc";
    let found: Hit[] = [];
    const add = (hits: readonly Hit[]): void => {
      found = [...found, ...hits].toSorted(byPosition(order)).slice(0, needed);
    };

    for (const share of sharesOfTexts(criteria, moment.searchable, moment.lastId, this.#limits)) {
      add(this.#first(needed, share, page));
      yield;
    }
    for (const part of inOrderOfTime(criteria, page, moment)) {
      const last = found.length < needed ? undefined : found.at(-1)?.position.seconds;
      if (last !== undefined && (forward ? part.earliest > last : part.latest < last)) break;
      for (const share of sharesOfPart(criteria, part, this.#queries, this.#limits)) {
        add(this.#first(needed, share, page));
        yield;
      }
      yield;
    }
    return found.slice(offset);
  }

  #first(count: number, { from, where }: Share, { order, after }: PageRequest): Hit[] {
    const { sql, values } = allOf(where, after === undefined ? null : behind(after, order));
    const rows = this.#queries.rows(
      `SELECT ${HIT_COLUMNS} FROM ${from} WHERE ${sql} ORDER BY ${ORDER_BY[order]} LIMIT $count`,
      { ...values, count },
    );
    return rows.map(hitOf);
  }

  /** A deep page: of its hits, only those in the hours that it lies in are put in order. */
  *#inHour(criteria: Criteria, page: PageRequest, key: string, moment: Moment): Steps<Columns[]> {
    const place = yield* this.#hitHours.placeToRead(criteria, page, key, moment);
    if (place === null) return [];
    const within = narrowed(criteria, page.order, place.edge);
    return this.#rowsOf(yield* this.#gather(within, { ...page, offset: place.offset }, moment));
  }

  #rowsOf(hits: readonly Hit[]): Columns[] {
    const rows = this.#queries.rows(
      `SELECT messages.id AS id, ${MESSAGE_COLUMNS} FROM json_each($ids) CROSS JOIN messages ON messages.id = value`,
      { ids: JSON.stringify(hits.map(({ id }) => id)) },
    );
    const byId = new Map(rows.map((row) => [Number(row["id"]), row]));
    return hits.map(({ id }) => byId.get(id)).filter((row) => row !== undefined);
  }
}

function hitOf(row: Columns): Hit {
  return { id: Number(row["id"]), position: positionOf(row) };
}

function startOfPeriod(seconds: number): Instant {
  return { seconds, nanos: 0 };
}

function byPosition(order: PageRequest["order"]): (a: Hit, b: Hit) => number {
  const sign = order === "asc" ? 1 : -1;
  return ({ position: a }, { position: b }) =>
    sign * (a.seconds - b.seconds || a.nanos - b.nanos || compareBytes(a.message_id, b.message_id));
}

/** In the order of UTF-8, which is not that of JavaScript's strings. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The parts that may hold a message of the page, in the direction of its order. */
function inOrderOfTime(criteria: Criteria, { order, after }: PageRequest, { parts }: Moment): Part[] {
  const open = after === undefined ? criteria : narrowed(criteria, order, after);
  return parts
    .filter((part) => overlaps(part, open))
    .toSorted((a, b) => (order === "asc" ? a.earliest - b.earliest : b.latest - a.latest));
}

/** The criteria for what begins at an instant, in the direction of the order. */
function narrowed(criteria: Criteria, order: PageRequest["order"], edge: Instant): Criteria {
  if (order === "asc") {
    const { since = edge } = criteria;
    return { ...criteria, since: compareInstants(since, edge) > 0 ? since : edge };
  }
  // What lies behind a position going back may share its second: the end is the next one.
  const end = edge.nanos === 0 ? edge : { seconds: edge.seconds + 1, nanos: 0 };
  const { until = end } = criteria;
  return { ...criteria, until: compareInstants(until, end) < 0 ? until : end };
}
