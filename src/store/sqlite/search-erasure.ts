/**
 * Takes messages out of the search index, before they are erased:
 *
 *   few of a part   each is overwritten where it stands, some 3 ms, and what is counted of the part is counted down
 *   many of a part  each is crossed out, 0.2 ms; then the part is merged, some seconds, and counted anew behind that (searchable.ts)
 *   all of a part   its tables are dropped
 */
import type { DatabaseSync } from "node:sqlite";
import { dropPart, mergePart, setOverwriting, takeFromPart } from "./part.ts";
import type { Searchable } from "./searchable.ts";
import { needlesOf } from "./short-needles.ts";

/** Of one part in one erasure; more cost more than to merge it. */
const OVERWRITTEN_MESSAGES_MAX = 500;
/** `parts.tidy` of a part that holds what is crossed out, until it is merged; and of one that is to be counted. */
const CROSSED_OUT = 2;
const UNTIDY = 0;
/** Of one step of merging: some 20 ms. */
const MERGE_PAGES = 200;

export class SearchErasure {
  readonly #database: DatabaseSync;
  readonly #searchable: Searchable;
  readonly #statements;
  /** Messages taken out of each part. */
  readonly #taken = new Map<number, number>();

  constructor(database: DatabaseSync, searchable: Searchable) {
    this.#database = database;
    this.#searchable = searchable;
    this.#statements = {
      partOf: database.prepare(`
        SELECT part, tidy FROM parts, watermark WHERE first_id <= ?1 AND last_id >= ?1 AND searchable >= ?1`),
      textOf: database.prepare(
        "SELECT coalesce(folded, lower(text)) AS text FROM messages WHERE id = ? AND text IS NOT NULL",
      ),
      countDown: database.prepare(
        "UPDATE short_needles SET messages = messages - 1 WHERE needle = ? AND part = ?",
      ),
      forgetNeedle: database.prepare(
        "DELETE FROM short_needles WHERE needle = ? AND part = ? AND messages = 0",
      ),
      forgetNeedles: database.prepare("DELETE FROM short_needles WHERE part = ?"),
      setTidy: database.prepare("UPDATE parts SET tidy = ? WHERE part = ?"),
      crossedOut: database.prepare("SELECT part FROM parts WHERE tidy = ? LIMIT 1"),
      emptyPart: database.prepare(`
        SELECT part FROM parts, watermark WHERE part = ? AND last_id <= searchable
        AND NOT EXISTS (SELECT 1 FROM messages WHERE id BETWEEN first_id AND last_id)`),
      forgetPart: database.prepare("DELETE FROM parts WHERE part = ?"),
    };
  }

  /** In a transaction that is already open, and in which the message is erased next. */
  take(id: number): void {
    const row = this.#statements.partOf.get(id);
    if (row === undefined) return;
    const part = Number(row["part"]);
    const taken = (this.#taken.get(part) ?? 0) + 1;
    this.#taken.set(part, taken);
    this.#searchable.changed(part);
    if (taken === 1) this.#database.exec(setOverwriting(part, true));
    if (taken === OVERWRITTEN_MESSAGES_MAX + 1) this.#crossOutFromNowOn(part);
    else if (row["tidy"] === 1) this.#countDown(id, part);
    this.#database.prepare(takeFromPart(part)).run(id);
  }

  /**
   * Goes on with what is left once the messages are erased, in a transaction that is already open; true when nothing was. Also of an
   * erasure before that was cut short.
   */
  finish(): boolean {
    const [taken] = this.#taken.keys();
    if (taken !== undefined) {
      this.#taken.delete(taken);
      if (this.#statements.emptyPart.get(taken) !== undefined) this.#drop(taken);
      return false;
    }
    const crossedOut = this.#statements.crossedOut.get(CROSSED_OUT)?.["part"];
    if (crossedOut === undefined) return true;
    const part = Number(crossedOut);
    if (!mergePart(this.#database, part, MERGE_PAGES)) this.#statements.setTidy.run(UNTIDY, part);
    return false;
  }

  #crossOutFromNowOn(part: number): void {
    this.#database.exec(setOverwriting(part, false));
    this.#statements.setTidy.run(CROSSED_OUT, part);
    this.#statements.forgetNeedles.run(part);
  }

  #countDown(id: number, part: number): void {
    const text = this.#statements.textOf.get(id)?.["text"];
    for (const needle of typeof text === "string" ? needlesOf(text) : []) {
      this.#statements.countDown.run(needle, part);
      this.#statements.forgetNeedle.run(needle, part);
    }
  }

  #drop(part: number): void {
    this.#searchable.changed(part);
    this.#database.exec(dropPart(part));
    this.#statements.forgetNeedles.run(part);
    this.#statements.forgetPart.run(part);
  }
}
