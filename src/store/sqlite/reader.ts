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
import type { ConflictsPage, ConflictsRequest } from "../conflict.ts";
import { latestConflicts } from "./conflicts.ts";
import { openForReading } from "./connection.ts";
import { criteriaOf } from "./criteria.ts";
import { type Moment, readMoment } from "./moment.ts";
import { Pages } from "./pages.ts";
import { isTotalKept, type Limits, LIMITS, planTotal } from "./plan.ts";
import { Queries } from "./queries.ts";
import { type Columns, MESSAGE_COLUMNS, messageOf, positionOf } from "./row.ts";
import type { Steps } from "./steps.ts";
import { Tallies } from "./tallies.ts";
import { timelineOf } from "./timeline.ts";
import { type Question, Totals } from "./totals.ts";

const TOP_SENDERS_MAX = 10;
const NOTHING: Page = { data: [], total: 0, next: null };

/** The rows of the page, unless a needle has to be searched for; `within` is the total where that is not to be counted. */
type Begun =
  | { readonly rows: Columns[]; readonly within: number; readonly counting: null }
  | {
      readonly rows: Columns[] | null;
      readonly within: number;
      readonly counting: Counting;
    };

interface Counting {
  readonly question: Question;
  readonly moment: Moment;
}

/** The reads of Store, on one connection. Each sees one moment of the file. */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #queries: Queries;
  readonly #limits: Limits;
  readonly #pages: Pages;
  readonly #totals: Totals;

  constructor(database: DatabaseSync, limits = LIMITS) {
    this.#database = database;
    this.#queries = new Queries(database);
    this.#limits = limits;
    this.#pages = new Pages(this.#queries, limits);
    this.#totals = new Totals(this.#queries, limits);
  }

  *find(filter: MessageFilter, page: PageRequest): Steps<Page> {
    const begun = this.#queries.inOneSnapshot(() => this.#begin(filter, page));
    if (begun === null) return NOTHING;
    const { counting } = begun;
    if (counting === null) return pageOf(begun.rows, page.limit, begun.within);
    const found = yield* this.#unlessErased(counting.moment, this.#search(begun.rows, page, counting));
    return found ?? (yield* this.#inItsOwnSnapshot((reader) => reader.find(filter, page)));
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

  conflicts(request: ConflictsRequest): ConflictsPage {
    return latestConflicts(this.#queries, request);
  }

  *#search(rows: Columns[] | null, page: PageRequest, { question, moment }: Counting): Steps<Page> {
    const found = rows ?? (yield* this.#pages.search(question.criteria, page, question.key, moment));
    return pageOf(found, page.limit, yield* this.#totals.count(question, moment));
  }

  /** Null when something was erased since the moment: then the read saw two, or looked for a table that is gone. */
  *#unlessErased<T>({ erasures }: Moment, read: Steps<T>): Steps<T | null> {
    const isErased = (): boolean => this.#queries.count("SELECT erasures AS n FROM watermark") !== erasures;
    try {
      const found = yield* read;
      return isErased() ? null : found;
    } catch (error) {
      if (isErased()) return null;
      throw error;
    }
  }

  /** On a connection for it alone, since others go on reading meanwhile. It holds up the write-ahead log, but rarely and not for long. */
  *#inItsOwnSnapshot<T>(read: (reader: Reader) => Steps<T>): Steps<T> {
    const database = openForReading(String(this.#database.location()));
    try {
      database.exec("BEGIN");
      return yield* read(new Reader(database, this.#limits));
    } finally {
      database.close();
    }
  }

  /** What has to be read in one snapshot: the counters, and a page in plain order. */
  #begin(filter: MessageFilter, page: PageRequest): Begun | null {
    const criteria = criteriaOf(filter, this.#queries);
    if (criteria === null) return null;
    const { sides, since, until, needle } = criteria;
    const within = new Tallies(this.#queries, sides[0]).between(since, until);
    if (isTotalKept(criteria)) return { rows: this.#pages.inOrder(criteria, page), within, counting: null };
    const moment = readMoment(this.#queries);
    const plan = planTotal(criteria, within, moment.stored, this.#limits);
    // What was remembered before something was erased, nobody asks for again.
    const key = `${moment.erasures} ${JSON.stringify(filter)}`;
    const question = { plan, criteria, within, key };
    const rows = needle === undefined ? this.#pages.inOrder(criteria, page) : null;
    return { rows, within, counting: { question, moment } };
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

/** `rows` are those of the page, and one more where another follows. */
function pageOf(rows: readonly Columns[], limit: number, total: number): Page {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > shown.length && last !== undefined ? positionOf(last) : null;
  return { data: shown.map(messageOf), total, next };
}
