import { formatInstant } from "../../instant.ts";
import type { Message, Position } from "../../message.ts";
import type { Columns } from "./queries.ts";

/** Of the table messages. */
export const MESSAGE_COLUMNS = "message_id, sender, recipient, ts_seconds, ts_nanos, ts_digits, text";

export function messageOf(row: Columns): Message {
  const { text } = row;
  return {
    message_id: String(row["message_id"]),
    from: String(row["sender"]),
    to: String(row["recipient"]),
    ts: formatInstant(positionOf(row), Number(row["ts_digits"])),
    text: typeof text === "string" ? text : null,
  };
}

export function positionOf(row: Columns): Position {
  const [seconds, nanos] = [Number(row["ts_seconds"]), Number(row["ts_nanos"])];
  return { seconds, nanos, message_id: String(row["message_id"]) };
}
