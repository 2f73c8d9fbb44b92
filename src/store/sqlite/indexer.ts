import type { DatabaseSync } from "node:sqlite";
import { fractionDigits, parseInstant } from "../../instant.ts";
import type { ErasureFilter, Instant } from "../../message.ts";
import type { Batch, Conflict, Row } from "./batch.ts";
import { Counters } from "./counters.ts";
import { Eraser } from "./eraser.ts";
import { foldedUnlessLower } from "./folded.ts";
import { PART_MESSAGES } from "./part.ts";
import { Searchable } from "./searchable.ts";
import { inTransaction } from "./transaction.ts";

const INSERT_MESSAGE = `
  INSERT INTO messages (id, message_id, sender, recipient, ts_seconds, ts_nanos, ts_digits, text, folded)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** None of a message that was erased since the conflict was met. */
const KEEP_CONFLICT = `
  INSERT INTO conflicts (message_id, later_hash, first_hash, differs, first_ms, last_ms, times)
  SELECT ?1, ?2, ?3, ?4, ?5, ?5, 1 WHERE EXISTS (SELECT 1 FROM messages WHERE message_id = ?1)
  ON CONFLICT (message_id, later_hash) DO UPDATE SET last_ms = max(last_ms, excluded.last_ms), times = times + 1`;

/** Transactions that erased something. */
export interface Erasures {
  readonly counted: number;
  /** As many as free space was overwritten behind. */
  readonly overwritten: number;
}

/** Applies journal batches to the main file, and makes its texts searchable behind that. */
export class Indexer {
  readonly #database: DatabaseSync;
  readonly #counters: Counters;
  readonly #searchable: Searchable;
  readonly #statements;

  constructor(database: DatabaseSync, partMessages = PART_MESSAGES) {
    this.#database = database;
    this.#counters = new Counters(database);
    this.#searchable = new Searchable(database, partMessages);
    this.#statements = {
      insertMessage: database.prepare(INSERT_MESSAGE),
      lastId: database.prepare("SELECT last_given AS figure FROM watermark"),
      setLastId: database.prepare("UPDATE watermark SET last_given = ?"),
      erasures: database.prepare("SELECT erasures, overwritten FROM watermark"),
      setOverwritten: database.prepare("UPDATE watermark SET overwritten = ?"),
      keepConflict: database.prepare(KEEP_CONFLICT),
      setWatermark: database.prepare("UPDATE watermark SET seq = ?, clean = ?"),
      watermark: database.prepare("SELECT seq AS figure FROM watermark"),
      wasClean: database.prepare("SELECT clean AS figure FROM watermark"),
    };
  }

  /** Every batch up to this one is in the file. */
  watermark(): number {
    return this.#figure("watermark");
  }

  wasStoppedCleanly(): boolean {
    return this.#figure("wasClean") === 1;
  }

  /** Messages that are in the file and not yet in the search index. */
  unsearchable(): number {
    return this.#figure("lastId") - this.#searchable.reached();
  }

  /** Whether the search index has work left that makes it quicker. */
  isUntidy(): boolean {
    return this.#searchable.isUntidy();
  }

  /** Rows, indexes, counters and watermark in one transaction: after a crash each batch is in the file whole or not at all. */
  apply(batches: readonly Batch[]): void {
    const last = batches.at(-1);
    if (last === undefined) return;
    inTransaction(this.#database, () => {
      this.insert(batches.flatMap(({ messages }) => messages));
      for (const { conflicts } of batches) for (const conflict of conflicts) this.#keep(conflict);
      this.#statements.setWatermark.run(last.seq, 0);
    });
  }

  /** Adds the next `count` texts to the search index: in larger steps than messages arrive, it costs half as much. */
  makeSearchable(count: number): void {
    inTransaction(this.#database, () => this.insertSearchable(count));
  }

  /** makeSearchable, in a transaction that is already open. */
  insertSearchable(count: number): void {
    this.#searchable.add(count, this.#figure("lastId"));
  }

  /** What erases, step by step, the messages that are in the file now. */
  eraserOf(filter: ErasureFilter, nowMs: number): Eraser {
    return new Eraser(this.#database, this.#searchable, filter, nowMs);
  }

  erasures(): Erasures {
    const row = this.#statements.erasures.get();
    return { counted: Number(row?.["erasures"]), overwritten: Number(row?.["overwritten"]) };
  }

  setOverwritten(erasures: number): void {
    this.#statements.setOverwritten.run(erasures);
  }

  /** Says that the journal holds nothing that is not here, or that it may from now on. */
  markClean(clean: boolean): void {
    this.#statements.setWatermark.run(this.watermark(), clean ? 1 : 0);
  }

  /** Rows, indexes and counters, in a transaction that is already open. */
  insert(rows: readonly Row[]): void {
    const counted = rows.map((row) => {
      const [messageId, from, to, ts] = row;
      return { row, from, to, instant: instantOf(messageId, ts) };
    });
    const numberOf = this.#counters.add(counted);
    let id = this.#figure("lastId");
    for (const { row, instant } of counted) {
      const [messageId, from, to, ts, text] = row;
      const { seconds, nanos } = instant;
      id += 1;
      const [sender, recipient, digits] = [numberOf(from), numberOf(to), fractionDigits(ts)];
      const folded = text === null ? null : foldedUnlessLower(text);
      this.#statements.insertMessage.run(
        id,
        messageId,
        sender,
        recipient,
        seconds,
        nanos,
        digits,
        text,
        folded,
      );
    }
    this.#statements.setLastId.run(id);
  }

  #keep({ message_id, firstHash, laterHash, differs, atMs }: Conflict): void {
    const [first, later] = [Buffer.from(firstHash, "hex"), Buffer.from(laterHash, "hex")];
    this.#statements.keepConflict.run(message_id, later, first, differs.join(","), atMs);
  }

  #figure(statement: "watermark" | "wasClean" | "lastId"): number {
    return Number(this.#statements[statement].get()?.["figure"]);
  }
}

function instantOf(messageId: string, ts: string): Instant {
  const instant = parseInstant(ts);
  if (instant === null) throw new Error(`the journal holds a ts that is no instant, of message ${messageId}`);
  return instant;
}
