import type { DatabaseSync, StatementSync } from "node:sqlite";
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
const MESSAGE_COLUMNS = `message_id, sender AS "from", recipient AS "to", ts, text`;
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
  }

  find(filter: MessageFilter, page: PageRequest): Page {
    return this.#inOneSnapshot(() => {
      const matching = conditionsOf(filter);
      const total = this.#single(`SELECT count(*) FROM messages ${matching.where}`, matching.values);
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
      return { data: rows.map(messageOf), total: Number(total), next };
    });
  }

  get(messageId: string): Message | null {
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_id = $id`;
    const row = this.#rows(sql, { id: messageId })[0] as unknown as Message | undefined;
    return row ?? null;
  }

  stats(): Stats {
    return this.#inOneSnapshot(() => ({
      total_messages: Number(this.#single("SELECT count(*) FROM messages")),
      unique_senders: Number(this.#single("SELECT count(DISTINCT sender) FROM messages")),
      top_senders: this.#topSenders(),
      first_message_ts: this.#single(`SELECT ts FROM messages ORDER BY ${ORDER.asc} LIMIT 1`) as
        string | null,
      last_message_ts: this.#single(`SELECT ts FROM messages ORDER BY ${ORDER.desc} LIMIT 1`) as
        string | null,
    }));
  }

  #topSenders(): SenderCount[] {
    return this.#rows(
      `SELECT sender AS "from", count(*) AS count FROM messages
       GROUP BY sender ORDER BY count DESC, sender LIMIT $limit`,
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
