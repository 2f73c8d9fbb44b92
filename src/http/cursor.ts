/** What a cursor names, and the cursors of conflicts (those of messages: position-cursor.ts). */
import { FRACTION_DIGITS_MAX, INSTANT_SECONDS_MAX, INSTANT_SECONDS_MIN } from "../instant.ts";
import { MESSAGE_ID_CHARACTERS_MAX, type Position } from "../message.ts";
import { encodeCursor, encodePlace } from "../position-cursor.ts";
import { storableProblem } from "../storable.ts";
import type { ConflictPlace } from "../store/conflict.ts";

const HASH = /^[0-9a-f]{64}$/;

/** Null for what encodeCursor cannot have made of any message's position. */
export function decodeCursor(cursor: string): Position | null {
  const [seconds, nanos, message_id] = decode(cursor);
  if (!isIntegerWithin(seconds, INSTANT_SECONDS_MIN, INSTANT_SECONDS_MAX)) return null;
  if (!isIntegerWithin(nanos, 0, 10 ** FRACTION_DIGITS_MAX - 1)) return null;
  if (!isMessageId(message_id)) return null;
  const position = { seconds, nanos, message_id };
  return encodeCursor(position) === cursor ? position : null;
}

export function encodeConflictCursor({ lastMs, message_id, laterHash }: ConflictPlace): string {
  return encodePlace([lastMs, message_id, laterHash]);
}

/** Likewise. */
export function decodeConflictCursor(cursor: string): ConflictPlace | null {
  const [lastMs, message_id, laterHash] = decode(cursor);
  if (!isIntegerWithin(lastMs, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) return null;
  if (!isMessageId(message_id) || typeof laterHash !== "string" || !HASH.test(laterHash)) return null;
  const place = { lastMs, message_id, laterHash };
  return encodeConflictCursor(place) === cursor ? place : null;
}

/** Empty for what holds no array. */
function decode(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(value) ? (value as unknown[]) : [];
  } catch {
    return [];
  }
}

function isIntegerWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function isMessageId(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || storableProblem(value) !== null) return false;
  return Array.from(value).length <= MESSAGE_ID_CHARACTERS_MAX;
}
