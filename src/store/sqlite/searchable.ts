import type { DatabaseSync } from "node:sqlite";
import { createPart, fillPart, mergePart } from "./part.ts";
import { ShortNeedles } from "./short-needles.ts";

/**
 * What is done on a full part with each text that is added: a part is some 20,000 pages, so it is merged and counted well
 * before the next one is full.
 */
const TIDY_PAGES_A_TEXT = 0.2;
const TIDY_TEXTS_A_TEXT = 2;

/** Adds texts to the search index, behind the messages, in transactions that are already open. */
export class Searchable {
  readonly #database: DatabaseSync;
  readonly #partMessages: number;
  readonly #statements;
  #shortNeedles: ShortNeedles | undefined;

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
      untidy: database.prepare(`
        SELECT part, first_id, last_id FROM parts, watermark WHERE tidy = 0 AND last_id <= searchable
        ORDER BY part LIMIT 1`),
      keepNeedle: database.prepare("INSERT INTO short_needles (needle, part, messages) VALUES (?, ?, ?)"),
      setTidy: database.prepare("UPDATE parts SET tidy = 1 WHERE part = ?"),
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
    this.#tidy(count);
  }

  /** Whether a full part is not yet as quick to search as it can be. */
  isUntidy(): boolean {
    return this.#statements.untidy.get() !== undefined;
  }

  /** What is in the part has changed: what was counted of it is counted anew. */
  changed(part: number): void {
    if (this.#shortNeedles?.part === part) this.#shortNeedles = undefined;
  }

  /** Up to `end` or the end of the part; returns the last id that was added. */
  #fill(above: number, end: number): number {
    const { part, last } = this.#partOf(above + 1);
    const upTo = Math.min(end, last);
    this.#database.prepare(fillPart(part)).run(above, upTo);
    const { earliest = null, latest = null } = this.#statements.times.get(above, upTo) ?? {};
    // Null where all of them were erased before.
    if (earliest !== null) this.#statements.widen.run(earliest, latest, part);
    return upTo;
  }

  #partOf(id: number): { part: number; last: number } {
    const known = this.#statements.partOf.get(id);
    const row = known ?? this.#statements.newPart.get(id, this.#partMessages);
    const part = Number(row?.["part"]);
    if (known === undefined) this.#database.exec(createPart(part));
    return { part, last: Number(row?.["last_id"]) };
  }

  /** Merges the segments of a full part a little further, and then counts its short needles. */
  #tidy(texts: number): void {
    const row = this.#statements.untidy.get();
    if (row === undefined) return;
    const part = Number(row["part"]);
    if (this.#shortNeedles?.part !== part) {
      if (mergePart(this.#database, part, Math.ceil(texts * TIDY_PAGES_A_TEXT))) return;
      this.#shortNeedles = new ShortNeedles(
        this.#database,
        part,
        Number(row["first_id"]),
        Number(row["last_id"]),
      );
    }
    if (!this.#shortNeedles.add(texts * TIDY_TEXTS_A_TEXT)) return;
    for (const [needle, messages] of this.#shortNeedles.counts())
      this.#statements.keepNeedle.run(needle, part, messages);
    this.#shortNeedles = undefined;
    this.#statements.setTidy.run(part);
  }
}
