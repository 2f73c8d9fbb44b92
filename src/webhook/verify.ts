import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../errors.ts";

/** Hex of a SHA-256 in either letter case, with or without the prefix that some senders put before it. */
const SIGNATURE = /^(?:sha256=)?([0-9a-f]{64})$/i;

/** HMAC-SHA256 (RFC 2104) of the raw body under the secret's UTF-8 bytes, as lower-case hex. */
export function sign(body: Buffer, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/**
 * Returns only when `signature`, the X-Signature header, is that of the raw body bytes under one of the secrets.
 * Every secret is tried, each in constant time, so the time taken tells nothing of either.
 * Throws AppError `invalid_signature`, with the reason for the log alone.
 */
export function verify(body: Buffer, signature: string | undefined, secrets: readonly string[]): void {
  if (signature === undefined) throw invalid("the X-Signature header is missing");
  const hex = SIGNATURE.exec(signature)?.[1];
  if (hex === undefined) throw invalid("the X-Signature header is not 64 hex digits");
  const given = Buffer.from(hex, "hex");
  const matches = secrets.map((secret) =>
    timingSafeEqual(createHmac("sha256", secret).update(body).digest(), given),
  );
  if (!matches.includes(true))
    throw invalid("the signature is not that of the body under any accepted secret");
}

function invalid(reason: string): AppError {
  return new AppError("invalid_signature", "invalid signature", { reason });
}
