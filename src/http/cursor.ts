import { FRACTION_DIGITS_MAX, INSTANT_SECONDS_MAX, INSTANT_SECONDS_MIN } from "../instant.ts";
import { MESSAGE_ID_CHARACTERS_MAX, type Position } from "../message.ts";
import { storableProblem } from "../storable.ts";

/** A position as the opaque text of a `Link`: base64url (RFC 4648 §5) of `[seconds, nanos, message_id]`. */
export function encodeCursor({ seconds, nanos, message_id }: Position): string {
  return Buffer.from(JSON.stringify([seconds, nanos, message_id])).toString("base64url");
}

/** Null for what encodeCursor cannot have made of any message's position. */
export function decodeCursor(cursor: string): Position | null {
  const position = readPosition(cursor);
  return position !== null && encodeCursor(position) === cursor ? position : null;
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
  if (!isIntegerWithin(seconds, INSTANT_SECONDS_MIN, INSTANT_SECONDS_MAX)) return null;
  if (!isIntegerWithin(nanos, 0, 10 ** FRACTION_DIGITS_MAX - 1)) return null;
  return isMessageId(message_id) ? { seconds, nanos, message_id } : null;
}

function isIntegerWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function isMessageId(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || storableProblem(value) !== null) return false;
  return Array.from(value).length <= MESSAGE_ID_CHARACTERS_MAX;
}
