import type { Client } from "pg";
import type { Deadline } from "./deadline.ts";

/** Named parameters of a statement, without their `$`. */
export type Values = Readonly<Record<string, string | number | readonly string[]>>;

export type Columns = Readonly<Record<string, unknown>>;

const SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const PARAMETER = /\$([a-z_]+)/g;

/** Asks one connection. Statements name their parameters; PostgreSQL numbers them. */
export class Queries {
  readonly #client: Client;
  readonly #deadline: Deadline | undefined;

  /** `deadline`: of all that is asked, where that is more than one statement in one snapshot. */
  constructor(client: Client, deadline?: Deadline) {
    this.#client = client;
    this.#deadline = deadline;
  }

  async rows(sql: string, values: Values = {}): Promise<Columns[]> {
    const dueMs = this.#deadline?.due() ?? null;
    // Of this transaction: the session's own is back with the next.
    if (dueMs !== null) await this.#client.query(`SET LOCAL statement_timeout = ${dueMs}`);
    const names: string[] = [];
    const text = sql.replace(PARAMETER, (_, name: string) => {
      if (!names.includes(name)) names.push(name);
      return `$${names.indexOf(name) + 1}`;
    });
    const given = names.map((name) => values[name]);
    // Without parameters it goes as a simple query, which may hold several statements.
    const { rows } = await this.#client.query<Columns>(
      names.length === 0 ? { text } : { text, values: given },
    );
    return rows;
  }

  async row(sql: string, values: Values = {}): Promise<Columns | undefined> {
    return (await this.rows(sql, values))[0];
  }

  /** The column `n` of the only row. */
  async count(sql: string, values: Values = {}): Promise<number> {
    return Number((await this.row(sql, values))?.["n"] ?? 0);
  }

  /** All that `read` asks is of the moment of its first question. */
  async inOneSnapshot<T>(read: () => Promise<T>): Promise<T> {
    await this.#client.query(SNAPSHOT);
    // A failure needs no ROLLBACK: its connection is given up (connections.ts).
    const found = await read();
    await this.#client.query("COMMIT");
    return found;
  }

  /** The same for what is read step by step. */
  async *eachInOneSnapshot<T>(read: () => AsyncIterable<T>): AsyncGenerator<T, void> {
    await this.rows(SNAPSHOT);
    yield* read();
    await this.rows("COMMIT");
  }
}
