/** What senders do that mean to sign by Standard Webhooks, and sign other bytes or with another key. */
import { otherBodies } from "./other-bodies.ts";
import { keyOf, SIGNATURE } from "./standard-webhooks.ts";
import { hmac, SENDS, type Try } from "./try.ts";
import type { SignatureHeaders } from "./verify.ts";

const ASKED = "the bytes to sign are the webhook-id, a point, the webhook-timestamp, a point and the body";

export function standardTries(body: Buffer, headers: SignatureHeaders, secrets: readonly string[]): Try[] {
  const { webhookId: id, webhookTimestamp: timestamp, webhookSignature = "" } = headers;
  const partial = otherContents(id, timestamp);
  if (id === undefined || timestamp === undefined)
    return secrets.flatMap((secret) => triesOf(keyOf(secret), partial, body));
  const head = `${id}.${timestamp}.`;
  // Else what is wrong is something else, such as the time.
  const isInForm = webhookSignature.split(" ").some((one) => SIGNATURE.test(one));
  const words = isInForm
    ? null
    : "the signature is right, but not in its form: send v1, a comma and the digest in base64";
  const bodies = otherBodies(body);
  return secrets.flatMap((secret): Try[] => {
    const key = keyOf(secret);
    return [
      { words, signed: () => hmac(key, [head, body]) },
      ...bodies.map(([which, bytes]): Try => ({
        words: `the signature is right for ${which}: ${SENDS}`,
        signed: () => hmac(key, [head, bytes]),
      })),
      ...triesOf(key, partial, body),
      ...otherKeys(secret).map(([which, other]): Try => ({
        words: `the signature is right under ${which}`,
        signed: () => hmac(other, [head, body]),
      })),
    ];
  });
}

type Content = readonly [words: string, head: string];

function triesOf(key: Buffer, contents: readonly Content[], body: Buffer): Try[] {
  return contents.map(([which, head]) => ({
    words: `the signature is right for the body ${which}: ${ASKED}`,
    signed: () => hmac(key, [head, body]),
  }));
}

/** What may have been signed before the body. */
function otherContents(id: string | undefined, timestamp: string | undefined): Content[] {
  const contents: Content[] = [["without webhook-id and webhook-timestamp", ""]];
  if (timestamp !== undefined) contents.push(["without the webhook-id", `${timestamp}.`]);
  if (id !== undefined) contents.push(["without the webhook-timestamp", `${id}.`]);
  return contents;
}

/** Keys that may be made of the same secret. */
function otherKeys(secret: string): (readonly [words: string, key: Buffer])[] {
  const bare = secret.replace(/^whsec_/, "");
  const keys = [
    [
      "the secret as it is written, whsec_ and all: its key is what the base64 behind whsec_ says",
      Buffer.from(secret),
    ],
    [
      "what follows whsec_ in the secret, as it is written: its key is what this base64 says",
      Buffer.from(bare),
    ],
    [
      "what the secret says in base64: without whsec_ before it, its key is the secret as it is written",
      Buffer.from(bare, "base64"),
    ],
    [
      "the secret with a line feed behind it: the sender reads its secret with one",
      Buffer.from(`${secret}\n`),
    ],
  ] as const;
  const right = keyOf(secret);
  return keys.filter(([, key]) => key.length > 0 && !key.equals(right));
}
