/**
 * Decides what becomes of each message, and makes it durable before anything is indexed.
 *
 *   append ─▶ known? ─┬─ among those journaled and not yet indexed (pending), then
 *                     ├─ in the main file, through a connection that only reads, then
 *                     └─ among the ids that were erased from it
 *          ─▶ one row for the batch, COMMIT, synced ─▶ the answer
 *
 * The places overlap and leave no gap: an id leaves `pending` only after the commit that put it into the main file, it is erased
 * there in the commit that puts it among the erased, and every look into the main file sees all commits before it.
 *
 * Messages come encoded (batch.ts) and are written as they came: only what meets a known id is looked into.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Message } from "../../message.ts";
import { contentHash, differingMembers } from "../content.ts";
import type { AppendResult } from "../store.ts";
import { type Conflict, decode } from "./batch.ts";
import { ErasedIds } from "./erased-ids.ts";
import { MESSAGE_COLUMNS, messageOf } from "./row.ts";
import { inTransaction } from "./transaction.ts";

const SELECT_KNOWN = `
  SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM messages WHERE message_id = value)`;
const SELECT_FIRST = `
  SELECT ${MESSAGE_COLUMNS} FROM messages WHERE message_id = ?`;

interface Pending {
  readonly seq: number;
  readonly encoded: string;
}

export interface Appended {
  readonly results: readonly AppendResult[];
  /** The batch's place in the journal; null when it added nothing. */
  readonly seq: number | null;
  /** What the indexer has to apply: messages and conflicts, and their size. */
  readonly messages: number;
  readonly bytes: number;
}

export class Journal {
  readonly #journal: DatabaseSync;
  readonly #statements;
  readonly #erasedIds: ErasedIds;
  /** By message_id, in the order of their seq. */
  readonly #pending = new Map<string, Pending>();
  #seq: number;
  #trimmable = 0;

  /** `watermark` is the seq up to which the main file holds all; no batch above it may be left in the journal. */
  constructor(journal: DatabaseSync, main: DatabaseSync, watermark: number) {
    this.#journal = journal;
    this.#seq = watermark;
    this.#erasedIds = new ErasedIds(main);
    this.#statements = {
      insert: journal.prepare("INSERT INTO batches (seq, messages, conflicts) VALUES (?, ?, ?)"),
      trim: journal.prepare("DELETE FROM batches WHERE seq <= ?"),
      setTrimmed: journal.prepare("UPDATE trimmed SET seq = ?"),
      known: main.prepare(SELECT_KNOWN),
      first: main.prepare(SELECT_FIRST),
    };
  }

  /**
   * Store.append, without the indexing: `ids` and `encoded` are of the same messages.
   * When it throws, nothing of the batch is kept, in the file or in mind.
   */
  append(ids: readonly string[], encoded: readonly string[], nowMs: number): Appended {
    const seq = this.#seq + 1;
    const created: number[] = [];
    const conflicts: Conflict[] = [];
    try {
      const indexed = this.#knownInMainFile(ids);
      const erased = this.#erasedIds.among(ids.filter((id) => !indexed.has(id) && !this.#pending.has(id)));
      const results = ids.map((id, index): AppendResult => {
        const message = encoded[index] as string;
        const first = this.#pending.get(id);
        if (erased.has(id)) return "duplicate";
        if (first === undefined && !indexed.has(id)) {
          created.push(index);
          this.#pending.set(id, { seq, encoded: message });
          return "created";
        }
        if (first?.encoded === message) return "duplicate";
        const stored = first === undefined ? this.#firstOf(id) : decode(first.encoded);
        const conflict = stored === null ? null : conflictOf(stored, decode(message), nowMs);
        if (conflict === null) return "duplicate";
        conflicts.push(conflict);
        return "conflict";
      });
      if (created.length === 0 && conflicts.length === 0)
        return { results, seq: null, messages: 0, bytes: 0 };
      const messages = created.length === ids.length ? encoded : created.map((index) => encoded[index]);
      const bytes = this.#write(seq, `[${messages.join(",")}]`, conflicts);
      this.#seq = seq;
      return { results, seq, messages: created.length + conflicts.length, bytes };
    } catch (error) {
      for (const index of created) this.#pending.delete(ids[index] as string);
      throw error;
    }
  }

  /** The main file holds every batch up to `watermark`, durably: they need not be kept here. */
  indexed(watermark: number): void {
    for (const [messageId, { seq }] of this.#pending) {
      if (seq > watermark) break;
      this.#pending.delete(messageId);
    }
    this.#trimmable = watermark;
  }

  /** Trims what the next append would have trimmed. */
  trimNow(): void {
    const trimmed = this.#trimmable;
    if (trimmed === 0) return;
    inTransaction(this.#journal, () => this.#trim(trimmed));
    this.#trimmable = 0;
  }

  /** Returns the bytes that the batch takes in the journal. */
  #write(seq: number, messages: string, conflicts: readonly Conflict[]): number {
    const kept = conflicts.length === 0 ? null : JSON.stringify(conflicts);
    const trimmed = this.#trimmable;
    inTransaction(this.#journal, () => {
      this.#statements.insert.run(seq, messages, kept);
      // In the same commit, so that trimming costs no sync of its own.
      if (trimmed > 0) this.#trim(trimmed);
    });
    this.#trimmable = 0;
    return Buffer.byteLength(messages) + Buffer.byteLength(kept ?? "");
  }

  #trim(watermark: number): void {
    this.#statements.trim.run(watermark);
    this.#statements.setTrimmed.run(watermark);
  }

  /** One question for the whole batch: going in and out of SQLite costs more than the look into its index. */
  #knownInMainFile(ids: readonly string[]): ReadonlySet<string> {
    return new Set(this.#statements.known.all(JSON.stringify(ids)).map(({ value }) => String(value)));
  }

  /** Null for one that was erased since it was found to be there. */
  #firstOf(messageId: string): Message | null {
    const row = this.#statements.first.get(messageId);
    return row === undefined ? null : messageOf(row);
  }
}

function conflictOf(first: Message, later: Message, atMs: number): Conflict | null {
  const differs = differingMembers(first, later);
  if (differs.length === 0) return null;
  return {
    message_id: later.message_id,
    firstHash: contentHash(first).toString("hex"),
    laterHash: contentHash(later).toString("hex"),
    differs,
    atMs,
  };
}
