/** Whether a request is from somebody who has the secret: by X-Signature, or else by the headers of Standard Webhooks. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../errors.ts";
import type { SignedWith } from "../metrics.ts";
import { verifyStandard } from "./standard-webhooks.ts";

/** Hex of a SHA-256 in either letter case, with or without the prefix that some senders put before it. */
const SIGNATURE = /^(?:sha256=)?([0-9a-f]{64})$/i;

/** As they came; a header that was not sent is undefined. */
export interface SignatureHeaders {
  readonly signature: string | undefined;
  readonly webhookId: string | undefined;
  readonly webhookTimestamp: string | undefined;
  readonly webhookSignature: string | undefined;
}

/** HMAC-SHA256 (RFC 2104) of the raw body under the secret's UTF-8 bytes, as lower-case hex. */
export function sign(body: Buffer, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/**
 * Returns only when the raw body bytes are signed under one of the secrets, of which the first is the current one. Every secret is
 * tried, each in constant time, so the time taken tells nothing of either. Where both schemes are used, X-Signature decides.
 * Throws AppError `invalid_signature`, with the reason for the log alone.
 */
export function verify(
  body: Buffer,
  headers: SignatureHeaders,
  secrets: readonly string[],
  nowMs: number,
): SignedWith {
  const isStandard = headers.signature === undefined && headers.webhookSignature !== undefined;
  const scheme = isStandard ? "standard-webhooks" : "x-signature";
  const found = isStandard
    ? verifyStandard(body, headers, secrets, nowMs)
    : verifyHex(body, headers.signature, secrets);
  return { scheme, secret: found === 0 ? "current" : "previous" };
}

/** The place of the secret. */
function verifyHex(body: Buffer, signature: string | undefined, secrets: readonly string[]): number {
  if (signature === undefined) throw invalid("the X-Signature header is missing");
  const hex = SIGNATURE.exec(signature)?.[1];
  if (hex === undefined) throw invalid("the X-Signature header is not 64 hex digits");
  const given = Buffer.from(hex, "hex");
  const matches = secrets.map((secret) =>
    timingSafeEqual(createHmac("sha256", secret).update(body).digest(), given),
  );
  const found = matches.indexOf(true);
  if (found < 0) throw invalid("the signature is not that of the body under any accepted secret");
  return found;
}

function invalid(reason: string): AppError {
  return new AppError("invalid_signature", "invalid signature", { reason });
}
