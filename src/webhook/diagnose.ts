/**
 * What a sender does whose signature is wrong, found by trying what senders do: it signs other bytes than it sends, with a secret that
 * was read with its line feed, or writes the signature in another form. Of a forged signature nothing is found.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const SENDS = "the sender signs something else than it sends";

interface Try {
  readonly words: string;
  readonly signed: () => Buffer;
}

/**
 * In words that lead to the cause; null when it is none of these. Takes up to a millisecond for the largest body, and as long for one
 * that is found: the requests behind it wait for so long, and a stranger could measure that.
 */
export function causeOf(body: Buffer, signature: string, secrets: readonly string[]): string | null {
  const given = digestsIn(signature.trim().replace(/^sha(?:1|256|512)=/i, ""));
  const tries = triesFor(body, secrets);
  const matches = tries.map(({ signed }) => isAmong(given, signed()));
  return tries[matches.indexOf(true)]?.words ?? null;
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
  const hmac = (key: string, bytes: Buffer | string, algorithm = "sha256"): Buffer =>
    createHmac(algorithm, key).update(bytes).digest();
  const tries = secrets.flatMap((secret): Try[] => [
    {
      words: "the signature is right, but not in hex: send it as 64 hex digits",
      signed: () => hmac(secret, body),
    },
    ...otherBodies(body).map(([words, bytes]): Try => ({
      words: `the signature is right for ${words}: ${SENDS}`,
      signed: () => hmac(secret, bytes),
    })),
    {
      words:
        "the signature is right under the secret with a line feed behind it: the sender reads its secret with one",
      signed: () => hmac(`${secret}\n`, body),
    },
    ...["sha1", "sha512"].map((algorithm): Try => ({
      words: `the signature is an HMAC-${algorithm.toUpperCase()}: HMAC-SHA256 is asked for`,
      signed: () => hmac(secret, body, algorithm),
    })),
    {
      words: "the signature is the SHA-256 of the secret and the body together: HMAC-SHA256 is asked for",
      signed: () => createHash("sha256").update(secret).update(body).digest(),
    },
  ]);
  const words = "the signature is the SHA-256 of the body, without the secret: HMAC-SHA256 is asked for";
  return [...tries, { words, signed: () => createHash("sha256").update(body).digest() }];
}

/** What may have been signed in place of the body, and in which words. */
function otherBodies(body: Buffer): [words: string, bytes: string][] {
  const text = body.toString("utf8");
  return [
    ["the body without the white space around it", text.trim()],
    ["the body with a line feed behind it", `${text}\n`],
    ...spellingsOf(text),
  ];
}

/** As the JSON libraries of senders write the same value. */
function spellingsOf(text: string): [words: string, bytes: string][] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  // A message holds no objects. What does may be nested so deeply that to write it again would fail.
  if (typeof value !== "object" || value === null || Object.values(value).some(isNested)) return [];
  const sorted = Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const spellings: [words: string, bytes: string][] = [
    ["the body re-encoded as compact JSON", JSON.stringify(value)],
    ["the body re-encoded as JSON with spaces", spaced(value)],
    ["the body re-encoded as JSON with sorted members", JSON.stringify(sorted)],
    ["the body re-encoded as JSON with sorted members and spaces", spaced(sorted)],
    ["the body re-encoded as indented JSON", JSON.stringify(value, null, 2)],
    ["the body re-encoded as indented JSON", JSON.stringify(value, null, 4)],
  ];
  return spellings.flatMap(([words, bytes]) => [
    [words, bytes],
    [`${words} in ASCII`, inAscii(bytes)],
  ]);
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** As Python's json.dumps writes an object without objects in it. */
function spaced(value: object): string {
  const members = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`,
  );
  return `{${members.join(", ")}}`;
}

function inAscii(json: string): string {
  return json.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
