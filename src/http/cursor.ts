import { invalidFields } from "../errors.ts";
import type { Position } from "../message.ts";

/** A position as the opaque text of a `Link`: base64url (RFC 4648 §5) of `[seconds, nanos, message_id]`. */
export function encodeCursor({ seconds, nanos, message_id }: Position): string {
  return Buffer.from(JSON.stringify([seconds, nanos, message_id])).toString("base64url");
}

/** Throws AppError `invalid` for what encodeCursor did not make. */
export function decodeCursor(cursor: string): Position {
  const position = readPosition(cursor);
  if (position === null || encodeCursor(position) !== cursor) {
    throw invalidFields([{ name: "cursor", problem: "must be a cursor from a Link header" }]);
  }
  return position;
}

function readPosition(cursor: string): Position | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  const [seconds, nanos, message_id] = value as unknown[];
  if (!Number.isSafeInteger(seconds) || !Number.isSafeInteger(nanos) || typeof message_id !== "string")
    return null;
  return { seconds: Number(seconds), nanos: Number(nanos), message_id };
}
