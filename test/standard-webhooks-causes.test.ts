/** What an operator is told that a sender does whose signature by Standard Webhooks is wrong. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { NOT_LOOKED_INTO } from "../src/rejection-schemas.ts";
import { TOLERANCE_SECONDS } from "../src/webhook/standard-webhooks.ts";
import { request } from "./support/client.ts";
import { lastOf } from "./support/rejections.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

/** As it is handed out, and the same base64 without the mark that it is some. */
const BARE = Buffer.from("a key of thirty-two bytes or so.").toString("base64");
const WHSEC = `whsec_${BARE}`;
const MESSAGE = sampleMessage({ text: "Grüße 😀" });
const BODY = JSON.stringify(MESSAGE);
const INDENTED = JSON.stringify(MESSAGE, null, 2);
const ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
const NOW = new Date();
const SECONDS = String(Math.floor(NOW.getTime() / 1_000));
const HEAD = `${ID}.${SECONDS}.`;
const LIBRARY = new Webhook(WHSEC);

function sign(bytes: string, key: string | Buffer = Buffer.from(BARE, "base64")): string {
  return `v1,${createHmac("sha256", key).update(bytes).digest("base64")}`;
}

function headers(signed: string, others: Record<string, string> = {}): Record<string, string> {
  return { "webhook-id": ID, "webhook-timestamp": SECONDS, "webhook-signature": signed, ...others };
}

interface Case {
  readonly what: string;
  readonly signed: string;
  readonly cause: RegExp | null;
  readonly secrets?: readonly string[];
  readonly others?: Record<string, string>;
  readonly body?: string;
}

const hexOf = (signed: string): string => Buffer.from(signed.slice(3), "base64").toString("hex");
const RIGHT = sign(HEAD + BODY);
const LATE = String(Number(SECONDS) - TOLERANCE_SECONDS * 2);

const CASES: readonly Case[] = [
  {
    what: "signs the body before it is written anew",
    signed: LIBRARY.sign(ID, NOW, BODY),
    body: INDENTED,
    cause: /right for the body re-encoded as compact JSON: the sender signs something else/,
  },
  {
    what: "signs the body with a line feed that is not sent",
    signed: LIBRARY.sign(ID, NOW, `${BODY}\n`),
    cause: /with a line feed behind it/,
  },
  { what: "signs the body alone", signed: sign(BODY), cause: /without webhook-id and webhook-timestamp: / },
  {
    what: "signs timestamp and body",
    signed: sign(`${SECONDS}.${BODY}`),
    cause: /body without the webhook-id: /,
  },
  {
    what: "signs id and body",
    signed: sign(`${ID}.${BODY}`),
    cause: /body without the webhook-timestamp: /,
  },
  {
    what: "does not decode its secret",
    signed: sign(HEAD + BODY, BARE),
    cause: /under what follows whsec_ in the secret, as it is written/,
  },
  {
    what: "takes its secret with whsec_",
    signed: sign(HEAD + BODY, WHSEC),
    cause: /under the secret as it is written, whsec_ and all/,
  },
  {
    what: "decodes a secret that is set here without whsec_",
    secrets: [BARE],
    signed: new Webhook(BARE).sign(ID, NOW, BODY),
    cause: /under what the secret says in base64: without whsec_/,
  },
  {
    what: "reads its secret with a line feed",
    secrets: ["testsecret"],
    signed: sign(HEAD + BODY, "testsecret\n"),
    cause: /secret with a line feed behind it/,
  },
  {
    what: "uses the previous secret wrongly",
    secrets: ["another", WHSEC],
    signed: sign(BODY),
    cause: /without webhook-id and webhook-timestamp/,
  },
  { what: "sends hex", signed: `v1,${hexOf(RIGHT)}`, cause: /is right, but not in its form: send v1/ },
  { what: "leaves v1 out", signed: RIGHT.slice(3), cause: /is right, but not in its form/ },
  {
    what: "is late: the reason says so",
    signed: sign(`${ID}.${LATE}.${BODY}`),
    others: { "webhook-timestamp": LATE },
    cause: null,
  },
  { what: "has another secret", signed: sign(HEAD + BODY, "another"), cause: null },
];

for (const { what, signed, cause, secrets = [WHSEC], others, body = BODY } of CASES) {
  test(`a sender that ${what}`, async (t) => {
    const { url } = await startTestService(t, { secrets });
    const sent = { method: "POST", body, headers: headers(signed, others) };
    const answer = await request(`${url}/webhook`, sent);
    assert.deepEqual([answer.status, answer.text], [401, '{"detail":"invalid signature"}']);
    const last = await lastOf(url, 1);
    if (cause === null) assert.equal(last.cause, null);
    else assert.match(last.cause ?? "", cause);
    for (const secret of [BARE, signed]) assert.ok(!JSON.stringify(last).includes(secret));
  });
}

test("without its id a request is looked into as well, and without any signature there is nothing to look into", async (t) => {
  const { url } = await startTestService(t, { secrets: [WHSEC] });
  const { "webhook-id": _id, ...without } = headers(sign(`${SECONDS}.${BODY}`));
  await request(`${url}/webhook`, { method: "POST", body: BODY, headers: without });
  const first = await lastOf(url, 1);
  assert.match(first.reason, /webhook-id header is missing/);
  assert.match(first.cause ?? "", /body without the webhook-id/);
  const { "webhook-signature": _signature, ...unsigned } = headers("");
  for (let count = 2; count <= 40; count += 1)
    await request(`${url}/webhook`, { method: "POST", body: BODY, headers: unsigned });
  assert.equal((await lastOf(url, 40)).cause, null);
});

test("thousands of them are not all looked into, and one that lists thousands of signatures is no more work", async (t) => {
  const { url } = await startTestService(t, { secrets: [WHSEC] });
  const listed = [...Array.from({ length: 4 }, () => "v1,AAAA"), sign(BODY)].join(" ");
  await request(`${url}/webhook`, { method: "POST", body: BODY, headers: headers(listed) });
  assert.equal((await lastOf(url, 1)).cause, null, "only the first few are looked at");
  const forged = headers(sign(HEAD + BODY, "another"));
  await Promise.all(
    Array.from({ length: 200 }, () =>
      request(`${url}/webhook`, { method: "POST", body: BODY, headers: forged }),
    ),
  );
  await lastOf(url, 201);
  const { data } = (await request(`${url}/rejections?limit=100`)).json as {
    data: readonly { cause: string | null }[];
  };
  assert.ok(data.some(({ cause }) => cause === NOT_LOOKED_INTO));
});
