import type { DatabaseSync, StatementSync } from "node:sqlite";
import { fold } from "../../fold.ts";
import type {
  Message,
  MessageFilter,
  Page,
  PageRequest,
  Position,
  SenderCount,
  Stats,
} from "../../message.ts";
import { conditionsOf, type Values } from "./conditions.ts";

type Row = Message & { readonly ts_seconds: number; readonly ts_nanos: number };

const TOP_SENDERS_MAX = 10;
/** Names are looked up for the rows that are returned, and no others. */
const MESSAGE_COLUMNS = `message_id, ts, text,
  (SELECT name FROM parties WHERE id = sender) AS "from", (SELECT name FROM parties WHERE id = recipient) AS "to"`;
/** By the names of the values that narrow, where the total is kept. */
const KEPT_TOTALS: Readonly<Record<string, string>> = {
  "": "SELECT messages FROM totals",
  from: "SELECT sent FROM parties WHERE name = $from",
  to: "SELECT received FROM parties WHERE name = $to",
};
const ORDER = {
  asc: "ts_seconds, ts_nanos, message_id",
  desc: "ts_seconds DESC, ts_nanos DESC, message_id DESC",
};

/** The reads of Store, on one connection. Each sees one moment of the file. */
export class Reader {
  readonly #database: DatabaseSync;
  /** Filters, orders and cursors combine into some dozens of statements, so the cache needs no bound of its own. */
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.function("folded", { deterministic: true }, (text) =>
      text === null ? null : fold(String(text)),
    );
  }

  find(filter: MessageFilter, page: PageRequest): Page {
    return this.#inOneSnapshot(() => {
      const total = this.#total(filter);
      const onPage = conditionsOf(filter, page);
      // One more than asked for tells whether another page follows.
      const found = this.#rows(
        `SELECT ${MESSAGE_COLUMNS}, ts_seconds, ts_nanos FROM messages ${onPage.where}
         ORDER BY ${ORDER[page.order]} LIMIT $limit OFFSET $offset`,
        { ...onPage.values, limit: page.limit + 1, offset: page.offset },
      ) as unknown as Row[];
      const rows = found.slice(0, page.limit);
      const last = rows.at(-1);
      const next = found.length > rows.length && last !== undefined ? positionOf(last) : null;
      return { data: rows.map(messageOf), total, next };
    });
  }

  get(messageId: string): Message | null {
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_id = $id`;
    const row = this.#rows(sql, { id: messageId })[0] as unknown as Message | undefined;
    return row ?? null;
  }

  stats(): Stats {
    return this.#inOneSnapshot(() => ({
      total_messages: Number(this.#single("SELECT messages FROM totals")),
      unique_senders: Number(this.#single("SELECT senders FROM totals")),
      top_senders: this.#topSenders(),
      first_message_ts: this.#single(`SELECT ts FROM messages ORDER BY ${ORDER.asc} LIMIT 1`) as
        string | null,
      last_message_ts: this.#single(`SELECT ts FROM messages ORDER BY ${ORDER.desc} LIMIT 1`) as
        string | null,
    }));
  }

  /** Read from what is kept where that has the figure, else counted. */
  #total(filter: MessageFilter): number {
    const { where, values } = conditionsOf(filter);
    const narrowedBy = Object.keys(values).join();
    const sql = KEPT_TOTALS[narrowedBy] ?? `SELECT count(*) FROM messages ${where}`;
    return Number(this.#single(sql, values));
  }

  #topSenders(): SenderCount[] {
    return this.#rows(
      `SELECT name AS "from", sent AS count FROM parties WHERE sent > 0 ORDER BY sent DESC, name LIMIT $limit`,
      { limit: TOP_SENDERS_MAX },
    ) as unknown as SenderCount[];
  }

  #inOneSnapshot<T>(read: () => T): T {
    this.#database.exec("BEGIN");
    try {
      return read();
    } finally {
      // Some failures (read error) have ended it already.
      if (this.#database.isTransaction) this.#database.exec("COMMIT");
    }
  }

  #rows(sql: string, values: Values = {}): Record<string, unknown>[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(values);
  }

  /** The only column of the first row; null when there is no row. */
  #single(sql: string, values: Values = {}): unknown {
    const row = this.#rows(sql, values)[0];
    return row === undefined ? null : Object.values(row)[0];
  }
}

function positionOf({ ts_seconds, ts_nanos, message_id }: Row): Position {
  return { seconds: ts_seconds, nanos: ts_nanos, message_id };
}

function messageOf({ message_id, from, to, ts, text }: Row): Message {
  return { message_id, from, to, ts, text };
}
