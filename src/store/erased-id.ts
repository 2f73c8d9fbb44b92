/** How the id of an erased message stays known: by a keyed hash, which tells it again and tells nothing else. */
import { createHmac } from "node:crypto";

/** Half of SHA-256: among 10^12 ids, two that are taken for one have a chance of 10^-15. */
export const ID_HASH_BYTES = 16;

/** `key`: 32 bytes, made once for each database and kept in it. HMAC-SHA256 of the id's UTF-8 bytes (RFC 2104), cut to ID_HASH_BYTES. */
export function erasedIdHash(key: Uint8Array, messageId: string): Buffer {
  return createHmac("sha256", key).update(messageId).digest().subarray(0, ID_HASH_BYTES);
}
