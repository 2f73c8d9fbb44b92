import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Columns } from "./row.ts";

/** Named parameters of a statement, without their `$`. */
export type Values = Readonly<Record<string, SQLInputValue>>;

/** Statements in use: filters, orders and parts of the search index combine into some hundreds. */
const STATEMENTS_MAX = 500;

/** Asks one connection, and keeps the statements that were used last. */
export class Queries {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  rows(sql: string, values: Values = {}): Columns[] {
    return this.#prepared(sql).all(values);
  }

  /** Row by row: ends the statement when the loop is left. */
  each(sql: string, values: Values = {}): Iterable<Columns> {
    return this.#prepared(sql).iterate(values);
  }

  row(sql: string, values: Values = {}): Columns | undefined {
    return this.#prepared(sql).get(values);
  }

  /** The column `n` of the only row. */
  count(sql: string, values: Values = {}): number {
    return Number(this.row(sql, values)?.["n"] ?? 0);
  }

  /** Within one that is open already, it is of that moment. */
  inOneSnapshot<T>(read: () => T): T {
    if (this.#database.isTransaction) return read();
    this.#database.exec("BEGIN");
    try {
      return read();
    } finally {
      // Some failures (read error) have ended it already.
      if (this.#database.isTransaction) this.#database.exec("COMMIT");
    }
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    const statement = known ?? this.#database.prepare(sql);
    // A statement takes no notice of parameters that it has no use for.
    if (known === undefined) statement.setAllowUnknownNamedParameters(true);
    else this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= STATEMENTS_MAX) break;
      this.#statements.delete(oldest);
    }
    return statement;
  }
}
