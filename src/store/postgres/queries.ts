import type { Client, QueryResult } from "pg";
import type { Deadline } from "./deadline.ts";
import { requireWorksWith, WORKS_WITH } from "./works-with.ts";

/** Named parameters of a statement, without their `$`. */
export type Values = Readonly<Record<string, string | number | readonly string[]>>;

export type Columns = Readonly<Record<string, unknown>>;

const SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const TERMS = `SELECT ${WORKS_WITH} AS works_with, (SELECT erasures FROM erasure) AS erasures`;
const PARAMETER = /\$([a-z_]+)/g;

/** What is asked for one read. */
interface Terms {
  /** Of all its statements, where they are in one snapshot. */
  readonly deadline?: Deadline;
  /** The schema that the program knows: nothing is read from one that it does not get along with. */
  readonly known?: number;
}

/** Asks one connection. Statements name their parameters; PostgreSQL numbers them. */
export class Queries {
  readonly #client: Client;
  readonly #deadline: Deadline | undefined;
  readonly #known: number | undefined;
  #erasures = "";

  constructor(client: Client, { deadline, known }: Terms = {}) {
    this.#client = client;
    this.#deadline = deadline;
    this.#known = known;
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
    await this.#begin();
    // A failure needs no ROLLBACK: its connection is given up (connections.ts).
    const found = await read();
    await this.#client.query("COMMIT");
    return found;
  }

  /** The same for what is read step by step. */
  async *eachInOneSnapshot<T>(read: () => AsyncIterable<T>): AsyncGenerator<T, void> {
    await this.#begin();
    yield* read();
    await this.#client.query("COMMIT");
  }

  /** Throws when a row whose column works_with is WORKS_WITH says that the schema is beyond this program. */
  requireWorksWith(row: Columns | undefined): void {
    if (this.#known !== undefined) requireWorksWith(row?.["works_with"], this.#known);
  }

  /** How many times something was erased, as of the snapshot: of two with the same number, the later holds all that the earlier does. */
  get erasures(): string {
    return this.#erasures;
  }

  /** One round trip, and one moment with what is read then. */
  async #begin(): Promise<void> {
    // The driver's types know nothing of several results.
    const results: unknown = await this.#client.query(`${SNAPSHOT}; ${TERMS}`);
    const [, { rows } = { rows: [] }] = results as readonly QueryResult<Columns>[];
    this.requireWorksWith(rows[0]);
    this.#erasures = String(rows[0]?.["erasures"]);
  }
}
