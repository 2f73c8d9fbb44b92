/**
 * Decides what becomes of each message, and makes it durable before anything is indexed.
 *
 *   append ─▶ known? ─┬─ among those journaled and not yet indexed (pending), then
 *                     └─ in the main file, through a connection that only reads
 *          ─▶ one row for the batch, COMMIT, synced ─▶ the answer
 *
 * The two places overlap and leave no gap: an id leaves `pending` only after the commit that put it into the main file,
 * and every look into the main file sees all commits before it.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Message } from "../../message.ts";
import { contentHash, differingMembers } from "../content.ts";
import { isStorable } from "../limits.ts";
import type { AppendResult } from "../store.ts";
import type { Conflict } from "./batch.ts";

const SELECT_KNOWN = `
  SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM messages WHERE message_id = value)`;
const SELECT_FIRST = `
  SELECT message_id, sender AS "from", recipient AS "to", ts, text FROM messages WHERE message_id = ?`;

interface Pending {
  readonly seq: number;
  readonly message: Message;
}

export interface Appended {
  readonly results: readonly AppendResult[];
  /** The batch's place in the journal; null when it added nothing. */
  readonly seq: number | null;
  /** Messages and conflicts that the indexer has to apply. */
  readonly toApply: number;
}

export class Journal {
  readonly #journal: DatabaseSync;
  readonly #statements;
  /** By message_id, in the order of their seq. */
  readonly #pending = new Map<string, Pending>();
  #seq: number;
  #trimmable = 0;

  /** `watermark` is the seq up to which the main file holds all; no batch above it may be left in the journal. */
  constructor(journal: DatabaseSync, main: DatabaseSync, watermark: number) {
    this.#journal = journal;
    this.#seq = watermark;
    this.#statements = {
      insert: journal.prepare("INSERT INTO batches (seq, messages, conflicts) VALUES (?, ?, ?)"),
      trim: journal.prepare("DELETE FROM batches WHERE seq <= ?"),
      setTrimmed: journal.prepare("UPDATE trimmed SET seq = ?"),
      known: main.prepare(SELECT_KNOWN),
      first: main.prepare(SELECT_FIRST),
    };
  }

  /** Store.append, without the indexing. When it throws, nothing of the batch is kept, in the file or in mind. */
  append(batch: readonly Message[], nowMs: number): Appended {
    const seq = this.#seq + 1;
    const created: Message[] = [];
    const conflicts: Conflict[] = [];
    try {
      const indexed = this.#knownInMainFile(batch);
      const results = batch.map((message): AppendResult => {
        if (!isStorable(message)) return "refused";
        const first = this.#firstOf(message.message_id, indexed);
        if (first === null) {
          created.push(message);
          this.#pending.set(message.message_id, { seq, message });
          return "created";
        }
        const conflict = conflictOf(first, message, nowMs);
        if (conflict === null) return "duplicate";
        conflicts.push(conflict);
        return "conflict";
      });
      if (created.length === 0 && conflicts.length === 0) return { results, seq: null, toApply: 0 };
      this.#write(seq, created, conflicts);
      this.#seq = seq;
      return { results, seq, toApply: created.length + conflicts.length };
    } catch (error) {
      for (const { message_id } of created) this.#pending.delete(message_id);
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
    this.#inTransaction(() => this.#trim());
  }

  #write(seq: number, created: readonly Message[], conflicts: readonly Conflict[]): void {
    this.#inTransaction(() => {
      this.#statements.insert.run(
        seq,
        JSON.stringify(created),
        conflicts.length === 0 ? null : JSON.stringify(conflicts),
      );
      // In the same commit, so that trimming costs no sync of its own.
      this.#trim();
    });
  }

  #trim(): void {
    if (this.#trimmable === 0) return;
    this.#statements.trim.run(this.#trimmable);
    this.#statements.setTrimmed.run(this.#trimmable);
    this.#trimmable = 0;
  }

  #inTransaction(work: () => void): void {
    const trimmable = this.#trimmable;
    this.#journal.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#journal.exec("COMMIT");
    } catch (error) {
      this.#trimmable = trimmable;
      // Some failures (disk full, read error) have rolled back already.
      if (this.#journal.isTransaction) this.#journal.exec("ROLLBACK");
      throw error;
    }
  }

  /** One question for the whole batch: going in and out of SQLite costs more than the look into its index. */
  #knownInMainFile(batch: readonly Message[]): ReadonlySet<string> {
    const ids = batch.map(({ message_id }) => message_id);
    return new Set(this.#statements.known.all(JSON.stringify(ids)).map(({ value }) => String(value)));
  }

  #firstOf(messageId: string, indexed: ReadonlySet<string>): Message | null {
    const pending = this.#pending.get(messageId);
    if (pending !== undefined) return pending.message;
    return indexed.has(messageId) ? (this.#statements.first.get(messageId) as unknown as Message) : null;
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
