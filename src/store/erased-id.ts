/** How the id of an erased message stays known: by a keyed hash, which tells it again and tells nothing else. */
import { createHmac } from "node:crypto";
import { AppError } from "../errors.ts";

/** As long as what the key is used with gives out (RFC 2104 §3). */
export const ERASURE_KEY_BYTES = 32;

/** Half of SHA-256: among 10^12 ids, two that are taken for one have a chance of 10^-15. */
export const ID_HASH_BYTES = 16;

/** `key`: ERASURE_KEY_BYTES, made once for each database and kept in it. HMAC-SHA256 of the id's UTF-8 bytes (RFC 2104), cut to ID_HASH_BYTES. */
export function erasedIdHash(key: Uint8Array, messageId: string): Buffer {
  return createHmac("sha256", key).update(messageId).digest().subarray(0, ID_HASH_BYTES);
}

/** Where ids come that were hashed with another key than those that are there: neither could be told by the other's. */
export function otherErasureKey(): AppError {
  return new AppError(
    "cannot_start",
    "the target knows ids of erased messages by another key, so the two cannot be joined: name an empty target",
  );
}
