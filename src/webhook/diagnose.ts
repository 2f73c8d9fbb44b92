/**
 * What a sender does whose signature is wrong, found by trying what senders do: it signs other bytes than it sends, with a secret that
 * was read with its line feed, or writes the signature in another form. Of a forged signature nothing is found.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { otherBodies } from "./other-bodies.ts";
import { standardTries } from "./standard-tries.ts";
import { hmac, SENDS, type Try } from "./try.ts";
import type { SignatureHeaders } from "./verify.ts";

/** Of what a header of Standard Webhooks lists. Senders put one or two there, and each takes time. */
const GIVEN_KEPT_MAX = 4;

/**
 * In words that lead to the cause; null when it is none of these, or there is no signature. Takes a millisecond for the longest text, up
 * to ten for a body as large as may be that is no message, and as long for one that is found: the requests behind it wait for so long, and
 * a stranger could measure that.
 */
export function causeOf(body: Buffer, headers: SignatureHeaders, secrets: readonly string[]): string | null {
  // As verify.ts has it: where both schemes are used, X-Signature decides.
  const { signature, webhookSignature } = headers;
  if (signature !== undefined) return causeAmong(givenIn(signature), triesFor(body, secrets));
  if (webhookSignature === undefined) return null;
  return causeAmong(givenInStandard(webhookSignature), standardTries(body, headers, secrets));
}

function causeAmong(given: readonly Buffer[], tries: readonly Try[]): string | null {
  const matches = tries.map(({ signed }) => isAmong(given, signed()));
  return tries[matches.indexOf(true)]?.words ?? null;
}

function givenIn(signature: string): Buffer[] {
  return digestsIn(signature.trim().replace(/^sha(?:1|256|512)=/i, ""));
}

function givenInStandard(signatures: string): Buffer[] {
  const several = signatures.split(" ", GIVEN_KEPT_MAX);
  return several.flatMap((one) => givenIn(one.replace(/^v\d+[,=]/, "")));
}

/** What it says as hex and as base64 of either alphabet, where it may be one. */
function digestsIn(given: string): Buffer[] {
  const hex = /^(?:[0-9a-f]{2})+$/i.test(given) ? [Buffer.from(given, "hex")] : [];
  // Node reads both alphabets as one.
  return /^[\w+/-]+=*$/.test(given) ? [...hex, Buffer.from(given, "base64")] : hex;
}

/** Each in constant time: some of these digests are the right signature of another body. */
function isAmong(given: readonly Buffer[], right: Buffer): boolean {
  return given.map((one) => one.length === right.length && timingSafeEqual(one, right)).includes(true);
}

function triesFor(body: Buffer, secrets: readonly string[]): Try[] {
  const bodies = otherBodies(body);
  const tries = secrets.flatMap((secret): Try[] => [
    {
      words: "the signature is right, but not in hex: send it as 64 hex digits",
      signed: () => hmac(secret, [body]),
    },
    ...bodies.map(([words, bytes]): Try => ({
      words: `the signature is right for ${words}: ${SENDS}`,
      signed: () => hmac(secret, [bytes]),
    })),
    {
      words:
        "the signature is right under the secret with a line feed behind it: the sender reads its secret with one",
      signed: () => hmac(`${secret}\n`, [body]),
    },
    ...["sha1", "sha512"].map((algorithm): Try => ({
      words: `the signature is an HMAC-${algorithm.toUpperCase()}: HMAC-SHA256 is asked for`,
      signed: () => hmac(secret, [body], algorithm),
    })),
    {
      words: "the signature is the SHA-256 of the secret and the body together: HMAC-SHA256 is asked for",
      signed: () => createHash("sha256").update(secret).update(body).digest(),
    },
  ]);
  const words = "the signature is the SHA-256 of the body, without the secret: HMAC-SHA256 is asked for";
  return [...tries, { words, signed: () => createHash("sha256").update(body).digest() }];
}
