import type { DatabaseSync } from "node:sqlite";
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
import { ORDER_BY } from "./conditions.ts";
import { criteriaOf } from "./criteria.ts";
import { readMoment } from "./moment.ts";
import { Pages } from "./pages.ts";
import { type Limits, LIMITS, planTotal } from "./plan.ts";
import { Queries } from "./queries.ts";
import { type Columns, MESSAGE_COLUMNS, messageOf, positionOf } from "./row.ts";
import type { Steps } from "./steps.ts";
import { Tallies } from "./tallies.ts";
import { timelineOf } from "./timeline.ts";
import { Totals } from "./totals.ts";

const TOP_SENDERS_MAX = 10;
const NOTHING: Page = { data: [], total: 0, next: null };

/** The reads of Store, on one connection. Each sees one moment of the file. */
export class Reader {
  readonly #queries: Queries;
  readonly #limits: Limits;
  readonly #pages: Pages;
  readonly #totals: Totals;

  constructor(database: DatabaseSync, limits = LIMITS) {
    this.#queries = new Queries(database);
    this.#limits = limits;
    this.#pages = new Pages(this.#queries, limits);
    this.#totals = new Totals(this.#queries, limits);
  }

  *find(filter: MessageFilter, page: PageRequest): Steps<Page> {
    const begun = this.#queries.inOneSnapshot(() => this.#begin(filter, page));
    if (begun === null) return NOTHING;
    const { question, moment } = begun;
    const rows = begun.rows ?? (yield* this.#pages.search(question.criteria, page, question.key, moment));
    const { plan } = question;
    const total =
      plan === "kept" ? question.within : yield* this.#totals.count({ ...question, plan }, moment);
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    const next = rows.length > shown.length && last !== undefined ? positionOf(last) : null;
    return { data: shown.map(messageOf), total, next };
  }

  get(messageId: string): Message | null {
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_id = $id`;
    const row = this.#queries.row(sql, { id: messageId });
    return row === undefined ? null : messageOf(row);
  }

  stats(): Stats {
    return this.#queries.inOneSnapshot(() => ({
      total_messages: this.#queries.count("SELECT messages AS n FROM totals"),
      unique_senders: this.#queries.count("SELECT senders AS n FROM totals"),
      top_senders: this.#topSenders(),
      first_message_ts: this.#firstTs("asc"),
      last_message_ts: this.#firstTs("desc"),
    }));
  }

  timeline(request: TimelineRequest): TimelineBucket[] {
    return this.#queries.inOneSnapshot(() => {
      const criteria = criteriaOf(request, this.#queries);
      return criteria === null ? [] : timelineOf(request, new Tallies(this.#queries, criteria.sides[0]));
    });
  }

  /** What has to be read in one snapshot: the counters, and a page in plain order. */
  #begin(filter: MessageFilter, page: PageRequest) {
    const criteria = criteriaOf(filter, this.#queries);
    if (criteria === null) return null;
    const moment = readMoment(this.#queries);
    const { sides, since, until } = criteria;
    const within = new Tallies(this.#queries, sides[0]).between(since, until);
    const plan = planTotal(criteria, within, moment.stored, this.#limits);
    const rows: Columns[] | null = criteria.needle === undefined ? this.#pages.inOrder(criteria, page) : null;
    return { moment, rows, question: { plan, criteria, within, key: JSON.stringify(filter) } };
  }

  #topSenders(): SenderCount[] {
    return this.#queries
      .rows("SELECT name, sent FROM parties WHERE sent > 0 ORDER BY sent DESC, name LIMIT $limit", {
        limit: TOP_SENDERS_MAX,
      })
      .map(({ name, sent }) => ({ from: String(name), count: Number(sent) }));
  }

  #firstTs(order: "asc" | "desc"): string | null {
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages ORDER BY ${ORDER_BY[order]} LIMIT 1`;
    const row = this.#queries.row(sql);
    return row === undefined ? null : messageOf(row).ts;
  }
}
