import type { SQLOutputValue } from "node:sqlite";
import { formatInstant } from "../../instant.ts";
import type { Message, Position } from "../../message.ts";

/** Of the table messages. Names are looked up for the rows that are returned, and no others. */
export const MESSAGE_COLUMNS = `message_id, ts_seconds, ts_nanos, ts_digits, text,
  (SELECT name FROM parties WHERE id = sender) AS sender_name,
  (SELECT name FROM parties WHERE id = recipient) AS recipient_name`;

export type Columns = Readonly<Record<string, SQLOutputValue>>;

export function messageOf(row: Columns): Message {
  const { text } = row;
  return {
    message_id: String(row["message_id"]),
    from: String(row["sender_name"]),
    to: String(row["recipient_name"]),
    ts: formatInstant(positionOf(row), Number(row["ts_digits"])),
    text: typeof text === "string" ? text : null,
  };
}

export function positionOf(row: Columns): Position {
  const [seconds, nanos] = [Number(row["ts_seconds"]), Number(row["ts_nanos"])];
  return { seconds, nanos, message_id: String(row["message_id"]) };
}
