/** Something that a sender may have done in place of what is asked for (diagnose.ts). */
import { createHmac } from "node:crypto";

export const SENDS = "the sender signs something else than it sends";

export interface Try {
  /** What it is told as; null where nothing is wrong with it. */
  readonly words: string | null;
  readonly signed: () => Buffer;
}

export function hmac(
  key: string | Buffer,
  parts: readonly (string | Buffer)[],
  algorithm = "sha256",
): Buffer {
  const digest = createHmac(algorithm, key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}
