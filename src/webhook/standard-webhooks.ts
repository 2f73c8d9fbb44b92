/**
 * Standard Webhooks, symmetric signatures (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md): HMAC-SHA256
 * over `webhook-id.webhook-timestamp.body`, so that a request that was seen once cannot be sent again later.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../errors.ts";

/** How far the sender's clock may be from ours, either way: as the specification's libraries have it. */
export const TOLERANCE_SECONDS = 300;

const TIMESTAMP = /^\d{1,12}$/;
/** One of several, with spaces between; other versions are passed over. */
export const SIGNATURE = /^v1,([A-Za-z0-9+/]{43}=)$/;
/** A secret in the form that the specification gives it: the key is what the base64 says. */
const SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

interface StandardHeaders {
  readonly webhookId: string | undefined;
  readonly webhookTimestamp: string | undefined;
  readonly webhookSignature: string | undefined;
}

/**
 * The place of the secret that the body is signed with, each tried in constant time.
 * Throws AppError `invalid_signature`, with the reason for the log alone.
 */
export function verifyStandard(
  body: Buffer,
  { webhookId: id, webhookTimestamp: timestamp, webhookSignature = "" }: StandardHeaders,
  secrets: readonly string[],
  nowMs: number,
): number {
  if (id === undefined) throw invalid("the webhook-id header is missing");
  if (timestamp === undefined) throw invalid("the webhook-timestamp header is missing");
  if (!TIMESTAMP.test(timestamp)) throw invalid("the webhook-timestamp header is not a number of seconds");
  const given = webhookSignature.split(" ").flatMap((one) => SIGNATURE.exec(one)?.[1] ?? []);
  if (given.length === 0) throw invalid("the webhook-signature header holds no v1 signature in base64");
  const matches = secrets.map((secret) => {
    const right = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
    return given.map((one) => timingSafeEqual(Buffer.from(one, "base64"), right)).includes(true);
  });
  const found = matches.indexOf(true);
  if (found < 0)
    throw invalid("no webhook-signature is that of id, timestamp and body under any accepted secret");
  // Last, so that whoever reads the reason knows that nothing else is wrong.
  const aheadSeconds = Number(timestamp) - Math.floor(nowMs / 1000);
  if (Math.abs(aheadSeconds) <= TOLERANCE_SECONDS) return found;
  const off = `${Math.abs(aheadSeconds)} s ${aheadSeconds > 0 ? "ahead of" : "behind"} the clock here`;
  throw invalid(`the webhook-timestamp is ${off}, more than ${TOLERANCE_SECONDS} s`);
}

/** What is signed with under a secret. */
export function keyOf(secret: string): Buffer {
  const base64 = SECRET.exec(secret)?.[1];
  return base64 === undefined || base64 === "" ? Buffer.from(secret, "utf8") : Buffer.from(base64, "base64");
}

function invalid(reason: string): AppError {
  return new AppError("invalid_signature", "invalid signature", { reason });
}
