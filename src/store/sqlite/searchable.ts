import type { DatabaseSync } from "node:sqlite";
import { createPart, fillPart, searchTable } from "./part.ts";

/**
 * Of a full part, merged with each step that fills a later one: a part is some 20,000 pages and filled in 256 steps, so
 * it is one segment well before the next is full.
 */
const TIDY_PAGES = 150;

/** Adds texts to the search index, behind the messages, in transactions that are already open. */
export class Searchable {
  readonly #database: DatabaseSync;
  readonly #partMessages: number;
  readonly #statements;

  constructor(database: DatabaseSync, partMessages: number) {
    this.#database = database;
    this.#partMessages = partMessages;
    this.#statements = {
      reached: database.prepare("SELECT searchable FROM watermark"),
      setReached: database.prepare("UPDATE watermark SET searchable = ?"),
      partOf: database.prepare("SELECT part, last_id FROM parts WHERE first_id <= ?1 AND last_id >= ?1"),
      newPart: database.prepare(`
        INSERT INTO parts SELECT coalesce(max(part), 0) + 1, ?1, ?1 + ?2 - 1, 9e15, -9e15, 0 FROM parts
        RETURNING part, last_id`),
      times: database.prepare(
        "SELECT min(ts_seconds) AS earliest, max(ts_seconds) AS latest FROM messages WHERE id > ? AND id <= ?",
      ),
      widen: database.prepare(
        "UPDATE parts SET earliest = min(earliest, ?), latest = max(latest, ?) WHERE part = ?",
      ),
      untidy: database.prepare(
        "SELECT part FROM parts WHERE tidy = 0 AND last_id <= ? ORDER BY part LIMIT 1",
      ),
      setTidy: database.prepare("UPDATE parts SET tidy = 1 WHERE part = ?"),
      changes: database.prepare("SELECT total_changes() AS changes"),
    };
  }

  /** The last id whose text can be found. */
  reached(): number {
    return Number(this.#statements.reached.get()?.["searchable"]);
  }

  /** Adds the next `count` texts, of which `lastId` is the last there is. */
  add(count: number, lastId: number): void {
    const end = Math.min(this.reached() + count, lastId);
    for (let above = this.reached(); above < end;) above = this.#fill(above, end);
    this.#statements.setReached.run(end);
    this.#tidy(end);
  }

  /** Up to `end` or the end of the part; returns the last id that was added. */
  #fill(above: number, end: number): number {
    const { part, last } = this.#partOf(above + 1);
    const upTo = Math.min(end, last);
    this.#database.prepare(fillPart(part)).run(above, upTo);
    const { earliest = null, latest = null } = this.#statements.times.get(above, upTo) ?? {};
    this.#statements.widen.run(earliest, latest, part);
    return upTo;
  }

  #partOf(id: number): { part: number; last: number } {
    const known = this.#statements.partOf.get(id);
    const row = known ?? this.#statements.newPart.get(id, this.#partMessages);
    const part = Number(row?.["part"]);
    if (known === undefined) this.#database.exec(createPart(part));
    return { part, last: Number(row?.["last_id"]) };
  }

  /** Merges the segments of a full part a little further, so that a search has to look into one. */
  #tidy(reached: number): void {
    const part = this.#statements.untidy.get(reached)?.["part"];
    if (part === undefined) return;
    const table = searchTable(Number(part));
    const before = this.#changes();
    this.#database.exec(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', -${TIDY_PAGES})`);
    // A merge that finds nothing to do changes one row: fts5.html#the_merge_command
    if (this.#changes() - before < 2) this.#statements.setTidy.run(Number(part));
  }

  #changes(): number {
    return Number(this.#statements.changes.get()?.["changes"]);
  }
}
