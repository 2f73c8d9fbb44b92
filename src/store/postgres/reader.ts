import type {
  Message,
  MessageFilter,
  Page,
  PageRequest,
  SenderCount,
  Stats,
  TimelineBucket,
  TimelineRequest,
} from "../../message.ts";
import { storableProblem } from "../../storable.ts";
import type { ConflictsPage, ConflictsRequest } from "../conflict.ts";
import { ORDER_BY } from "./conditions.ts";
import { latestConflicts } from "./conflicts.ts";
import { type Criteria, criteriaOf } from "./criteria.ts";
import { type Hits, Pages } from "./pages.ts";
import { type Limits, LIMITS, isWalked, planMatches, planTotal } from "./plan.ts";
import type { Queries } from "./queries.ts";
import { MESSAGE_COLUMNS, messageOf, positionOf } from "./row.ts";
import { Tallies } from "./tallies.ts";
import { timelineOf } from "./timeline.ts";
import { matchesOf, type RememberedTotals, rememberedTotals, Totals } from "./totals.ts";

const TOP_SENDERS_MAX = 10;
const NOTHING: Page = { data: [], total: 0, next: null };

/** Whoever waits to be counted may be among the first: added up for each of them, and beside the first of all others. */
const TOP_SENDERS = `
  WITH waiting AS (SELECT sender AS name, count(*) AS sent FROM uncounted GROUP BY sender)
  SELECT name, sent FROM (
    (SELECT name, sent FROM parties WHERE sent > 0 AND name NOT IN (SELECT name FROM waiting)
     ORDER BY sent DESC, name LIMIT $limit)
    UNION ALL
    SELECT name, waiting.sent + coalesce(parties.sent, 0) FROM waiting LEFT JOIN parties USING (name)
  ) AS candidates ORDER BY sent DESC, name LIMIT $limit`;

/** Of one row: `messages, senders`. */
export const TOTALS = `
  SELECT messages + (SELECT count(*) FROM uncounted) AS messages,
    senders + (SELECT count(DISTINCT sender) FROM uncounted
               WHERE NOT EXISTS (SELECT 1 FROM parties WHERE name = sender AND sent > 0)) AS senders
  FROM totals`;

/** A row also where there is no such message, since what works here has to be known then too. */
const ONE = `SELECT works_with, ${MESSAGE_COLUMNS} FROM lyftr_schema LEFT JOIN messages ON message_id = $id`;

/** The reads of Store, on one connection. Each sees one moment of the database. */
export class Reader {
  readonly #queries: Queries;
  readonly #limits: Limits;
  readonly #pages: Pages;
  readonly #totals: Totals;

  /** `remembered`: of earlier reads from the same server. */
  constructor(queries: Queries, limits = LIMITS, remembered: RememberedTotals = rememberedTotals()) {
    this.#queries = queries;
    this.#limits = limits;
    this.#pages = new Pages(queries, limits);
    this.#totals = new Totals(queries, remembered);
  }

  find(filter: MessageFilter, page: PageRequest): Promise<Page> {
    return this.#queries.inOneSnapshot(async () => {
      const criteria = await criteriaOf(filter, this.#queries);
      if (criteria === null) return NOTHING;
      const { rows, total } = await this.#found(criteria, page);
      const shown = rows.slice(0, page.limit);
      const last = shown.at(-1);
      const next = rows.length > shown.length && last !== undefined ? positionOf(last) : null;
      return { data: shown.map(messageOf), total, next };
    });
  }

  async get(messageId: string): Promise<Message | null> {
    if (storableProblem(messageId) !== null) return null;
    const row = await this.#queries.row(ONE, { id: messageId });
    this.#queries.requireWorksWith(row);
    return row === undefined || row["message_id"] === null ? null : messageOf(row);
  }

  stats(): Promise<Stats> {
    return this.#queries.inOneSnapshot(async () => {
      const totals = await this.#queries.row(TOTALS);
      return {
        total_messages: Number(totals?.["messages"]),
        unique_senders: Number(totals?.["senders"]),
        top_senders: await this.#topSenders(),
        first_message_ts: await this.#firstTs("asc"),
        last_message_ts: await this.#firstTs("desc"),
      };
    });
  }

  timeline(request: TimelineRequest): Promise<TimelineBucket[]> {
    return this.#queries.inOneSnapshot(async () => {
      const criteria = await criteriaOf(request, this.#queries);
      return criteria === null ? [] : timelineOf(request, new Tallies(this.#queries, criteria.sides[0]));
    });
  }

  conflicts(request: ConflictsRequest): Promise<ConflictsPage> {
    return latestConflicts(this.#queries, request);
  }

  async #found(criteria: Criteria, page: PageRequest): Promise<Hits> {
    if (criteria.needle === undefined) {
      const total = await this.#total(criteria);
      return { rows: await this.#pages.inOrder(criteria, page), total };
    }
    const walked = isWalked(page, this.#limits) ? await this.#pages.walk(criteria, page) : null;
    if (walked !== null) return { rows: walked, total: await this.#total(criteria) };
    if (planMatches(criteria, page, this.#limits) === "hits") return this.#pages.hits(criteria, page);
    const days = await this.#totals.days(criteria);
    return { rows: await this.#pages.inDays(criteria, page, days), total: matchesOf(days) };
  }

  async #total(criteria: Criteria): Promise<number> {
    if (planTotal(criteria) === "kept") {
      return new Tallies(this.#queries, criteria.sides[0]).between(criteria.since, criteria.until);
    }
    return this.#totals.count(criteria);
  }

  async #topSenders(): Promise<SenderCount[]> {
    const rows = await this.#queries.rows(TOP_SENDERS, { limit: TOP_SENDERS_MAX });
    return rows.map(({ name, sent }) => ({ from: String(name), count: Number(sent) }));
  }

  async #firstTs(order: "asc" | "desc"): Promise<string | null> {
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages ORDER BY ${ORDER_BY[order]} LIMIT 1`;
    const row = await this.#queries.row(sql);
    return row === undefined ? null : messageOf(row).ts;
  }
}
