import type { DatabaseSync } from "node:sqlite";
import type { Message, Position } from "../../../message.ts";
import type { ConflictKey, ConflictRecord } from "../../conflict.ts";
import type { ErasedRecord, Range } from "../../move.ts";
import type { BucketCount } from "../../timeline.ts";
import { type KeptFile, openKeptFile } from "../check/kept-file.ts";
import { allOf, atOrAfter, before, behind, ORDER_BY } from "../conditions.ts";
import { conflictsBehind } from "../conflicts.ts";
import { ErasedIds } from "../erased-ids.ts";
import type { Queries } from "../queries.ts";
import { MESSAGE_COLUMNS, messageOf } from "../row.ts";
import { Tallies } from "../tallies.ts";

const BY_IDS = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_id IN (SELECT value FROM json_each($ids))`;

/**
 * The reads of MoveReader on the main file, each a transaction of its own: one that lasted would keep the write-ahead log from
 * being folded back. Throws AppError as openKeptFile does.
 */
export class KeptMessages {
  readonly #path: string;
  #file: KeptFile;

  constructor(path: string) {
    this.#path = path;
    this.#file = openKeptFile(path);
  }

  /** Whether the last service was stopped, and left nothing in its journal. */
  isClean(): boolean {
    return this.#read((queries) => queries.count("SELECT clean AS n FROM watermark") === 1);
  }

  /** The last batch of the journal that is in the file. */
  watermark(): number {
    return this.#read((queries) => queries.count("SELECT seq AS n FROM watermark"));
  }

  periods(width: number, { since, until }: Range): readonly BucketCount[] {
    return this.#read((queries) => new Tallies(queries, undefined).periods(width, since, until));
  }

  inOrder({ since, until }: Range, after: Position | null, limit: number): readonly Message[] {
    // One lower bound alone: of two, the index might be entered at the one that is farther away.
    const from = after === null ? atOrAfter({ seconds: since, nanos: 0 }) : behind(after, "asc");
    const { sql, values } = allOf(from, before({ seconds: until, nanos: 0 }));
    return this.#read((queries) =>
      queries
        .rows(
          `SELECT ${MESSAGE_COLUMNS} FROM messages INDEXED BY messages_in_order WHERE ${sql}
           ORDER BY ${ORDER_BY.asc} LIMIT $limit`,
          { ...values, limit },
        )
        .map(messageOf),
    );
  }

  byIds(ids: readonly string[]): readonly Message[] {
    return this.#read((queries) => queries.rows(BY_IDS, { ids: JSON.stringify(ids) }).map(messageOf));
  }

  conflicts(after: ConflictKey | null, limit: number): readonly ConflictRecord[] {
    return this.#read((queries) => conflictsBehind(queries, after, limit));
  }

  erasureKey(): string {
    return this.#read((_queries, database) => Buffer.from(new ErasedIds(database).key()).toString("hex"));
  }

  erased(after: string | null, limit: number): readonly ErasedRecord[] {
    return this.#read((_queries, database) => new ErasedIds(database).behind(after, limit));
  }

  erasedAmong(ids: readonly string[]): readonly string[] {
    return this.#read((_queries, database) => [...new ErasedIds(database).among(ids)]);
  }

  forgottenDay(): number {
    return this.#read((_queries, database) => new ErasedIds(database).forgottenDay());
  }

  close(): void {
    this.#file.close();
  }

  /** When the service is started meanwhile: once more, on the file opened anew. */
  #read<T>(ask: (queries: Queries, database: DatabaseSync) => T): T {
    for (;;) {
      try {
        const found = ask(this.#file.queries, this.#file.database);
        if (this.#file.isOfOneMoment()) return found;
      } catch (error) {
        if (this.#file.isOfOneMoment()) throw error;
      }
      this.#file.close();
      this.#file = openKeptFile(this.#path);
    }
  }
}
