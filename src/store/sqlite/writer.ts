import type { DatabaseSync } from "node:sqlite";
import { fold } from "../../fold.ts";
import { parseInstant } from "../../instant.ts";
import type { Message } from "../../message.ts";
import { contentHash, differingMembers } from "../content.ts";
import type { AppendResult } from "../store.ts";
import { isConstraintFailure } from "./failure.ts";

const INSERT_MESSAGE = `
  INSERT INTO messages (message_id, sender, recipient, ts, ts_seconds, ts_nanos, text, text_folded)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO NOTHING`;

const SELECT_FIRST = `
  SELECT message_id, sender AS "from", recipient AS "to", ts, text FROM messages WHERE message_id = ?`;

const KEEP_CONFLICT = `
  INSERT INTO conflicts (message_id, later_hash, first_hash, differs, first_ms, last_ms, times)
  VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)
  ON CONFLICT (message_id, later_hash) DO UPDATE SET last_ms = excluded.last_ms, times = times + 1`;

export type Append = (batch: readonly Message[], nowMs: number) => AppendResult[];

/** Store.append on one connection: the whole batch in one transaction, so one sync to disk. */
export function createAppend(database: DatabaseSync): Append {
  const insertMessage = database.prepare(INSERT_MESSAGE);
  const selectFirst = database.prepare(SELECT_FIRST);
  const keepConflict = database.prepare(KEEP_CONFLICT);

  return function append(batch, nowMs) {
    database.exec("BEGIN IMMEDIATE");
    try {
      const results = batch.map((message) => appendOne(message, nowMs));
      database.exec("COMMIT");
      return results;
    } catch (error) {
      // Some failures (disk full, read error) have rolled back already.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  };

  function appendOne(message: Message, nowMs: number): AppendResult {
    const inserted = insert(message);
    if (inserted === "refused") return "refused";
    if (inserted === 1) return "created";

    const first = selectFirst.get(message.message_id) as unknown as Message;
    const differs = differingMembers(first, message);
    if (differs.length === 0) return "duplicate";
    keepConflict.run(message.message_id, contentHash(message), contentHash(first), differs.join(","), nowMs);
    return "conflict";
  }

  /** Rows inserted: 1, or 0 when the id is known. A row that breaks a rule of the schema fails alone. */
  function insert({ message_id, from, to, ts, text }: Message): number | "refused" {
    const instant = parseInstant(ts);
    if (instant === null) return "refused";
    const folded = text === null ? null : fold(text);
    try {
      return Number(
        insertMessage.run(message_id, from, to, ts, instant.seconds, instant.nanos, text, folded).changes,
      );
    } catch (error) {
      if (isConstraintFailure(error)) return "refused";
      throw error;
    }
  }
}
