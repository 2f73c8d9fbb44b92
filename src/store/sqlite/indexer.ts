import type { DatabaseSync } from "node:sqlite";
import { fold } from "../../fold.ts";
import { parseInstant } from "../../instant.ts";
import type { Message } from "../../message.ts";
import type { Batch, Conflict } from "./batch.ts";

const INSERT_MESSAGE = `
  INSERT INTO messages (message_id, sender, recipient, ts, ts_seconds, ts_nanos, text, text_folded)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

const KEEP_CONFLICT = `
  INSERT INTO conflicts (message_id, later_hash, first_hash, differs, first_ms, last_ms, times)
  VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)
  ON CONFLICT (message_id, later_hash) DO UPDATE SET last_ms = excluded.last_ms, times = times + 1`;

/** Applies journal batches to the main file. */
export class Indexer {
  readonly #database: DatabaseSync;
  readonly #statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = {
      insertMessage: database.prepare(INSERT_MESSAGE),
      keepConflict: database.prepare(KEEP_CONFLICT),
      setWatermark: database.prepare("UPDATE watermark SET seq = ?, clean = ?"),
      watermark: database.prepare("SELECT seq FROM watermark"),
      wasClean: database.prepare("SELECT clean FROM watermark"),
    };
  }

  /** Every batch up to this one is in the file. */
  watermark(): number {
    return Number(this.#statements.watermark.get()?.["seq"]);
  }

  wasStoppedCleanly(): boolean {
    return Number(this.#statements.wasClean.get()?.["clean"]) === 1;
  }

  /** Rows, indexes and watermark in one transaction: after a crash each batch is in the file whole or not at all. */
  apply(batches: readonly Batch[]): void {
    const last = batches.at(-1);
    if (last === undefined) return;
    this.#inTransaction(() => {
      for (const { messages, conflicts } of batches) {
        for (const message of messages) this.#insert(message);
        for (const conflict of conflicts) this.#keep(conflict);
      }
      this.#statements.setWatermark.run(last.seq, 0);
    });
  }

  /** Says that the journal holds nothing that is not here, or that it may from now on. */
  markClean(clean: boolean): void {
    this.#inTransaction(() => this.#statements.setWatermark.run(this.watermark(), clean ? 1 : 0));
  }

  #insert({ message_id, from, to, ts, text }: Message): void {
    const instant = parseInstant(ts);
    if (instant === null)
      throw new Error(`the journal holds a ts that is no instant, of message ${message_id}`);
    const folded = text === null ? null : fold(text);
    this.#statements.insertMessage.run(
      message_id,
      from,
      to,
      ts,
      instant.seconds,
      instant.nanos,
      text,
      folded,
    );
  }

  #keep({ message_id, firstHash, laterHash, differs, atMs }: Conflict): void {
    const [first, later] = [Buffer.from(firstHash, "hex"), Buffer.from(laterHash, "hex")];
    this.#statements.keepConflict.run(message_id, later, first, differs.join(","), atMs);
  }

  #inTransaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      // Some failures (disk full, read error) have rolled back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}
