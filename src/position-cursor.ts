/**
 * A place in the list of messages as the opaque text of a `Link`: base64url (RFC 4648 §5) of a JSON array. The inbox page, which is of the
 * same version, makes them too (page/messages/listing.ts), so it works without Node.
 */
import type { Position } from "./message.ts";

/** A cursor behind which, in either order, the list goes on from this position. */
export function encodeCursor({ seconds, nanos, message_id }: Position): string {
  return encodePlace([seconds, nanos, message_id]);
}

export function encodePlace(value: readonly unknown[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
