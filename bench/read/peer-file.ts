/** The peer's file: the same rows in one table, with the indexes that one would give it. */
import { DatabaseSync } from "node:sqlite";
import { TransferProgress } from "../../src/cli/transfer-progress.ts";
import type { Load } from "./load.ts";

const BATCH_MESSAGES = 20_000;

const TABLE = `
  CREATE TABLE messages (
    message_id TEXT PRIMARY KEY,
    sender     TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    ts         TEXT NOT NULL,
    text       TEXT
  )`;
const INDEXES = `
  CREATE INDEX messages_by_ts ON messages (ts);
  CREATE INDEX messages_by_sender ON messages (sender)`;

export async function fillPeer(path: string, load: Load): Promise<void> {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; ${TABLE}; ${INDEXES}`);
  const insert = database.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?)");
  const progress = new TransferProgress(process.stderr, "filling the peer's file", () => performance.now());
  for (let serial = 0; serial < load.messages; serial += BATCH_MESSAGES) {
    const end = Math.min(serial + BATCH_MESSAGES, load.messages);
    database.exec("BEGIN");
    for (let next = serial; next < end; next += 1) {
      const { message_id, from, to, ts, text } = load.message(next);
      insert.run(message_id, from, to, ts, text);
    }
    database.exec("COMMIT");
    progress.show(end, end / load.messages);
    await new Promise(setImmediate);
  }
  progress.clear();
  database.close();
}
