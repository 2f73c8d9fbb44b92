/** Signatures by Standard Webhooks, made by the official library, and what is refused of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { TOLERANCE_SECONDS } from "../src/webhook/standard-webhooks.ts";
import { type Answer, bytesOf, post, request, signature } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { figures } from "./support/figures.ts";
import { totalOf } from "./support/refusal.ts";
import { sampleMessage, SECRET } from "./support/sample.ts";
import { startTestService, type TestService } from "./support/service.ts";

/** The form in which such secrets are handed out. */
const WHSEC = `whsec_${Buffer.from("a key of thirty-two bytes or so.").toString("base64")}`;
const BODY = JSON.stringify(sampleMessage({ text: "Grüße 😀" }));
const ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";

/** Slack for the seconds that a test may take on a busy machine. */
const SLACK_SECONDS = 60;

function headersBy(signer: Webhook, offsetSeconds = 0, body = BODY): Record<string, string> {
  const at = new Date(Date.now() + offsetSeconds * 1000);
  return {
    "webhook-id": ID,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": signer.sign(ID, at, body),
  };
}

/** Without X-Signature. */
function send(url: string, headers: Record<string, string>, body = BODY): Promise<Answer> {
  return request(`${url}/webhook`, { method: "POST", body: new Uint8Array(bytesOf(body)), headers });
}

async function assertRefused(
  service: TestService,
  headers: Record<string, string>,
  reason: RegExp,
  body = BODY,
): Promise<void> {
  const seen = service.logs().length;
  const answer = await send(service.url, headers, body);
  assert.deepEqual([answer.status, answer.text], [401, '{"detail":"invalid signature"}']);
  await eventually(
    `a line that says ${String(reason)}`,
    () =>
      service
        .logs()
        .slice(seen)
        .some((line) => reason.test(String(line["reason"]))) || undefined,
  );
}

test("what the official library signs is taken, under a secret in its form and in any other", async (t) => {
  for (const [secret, signer] of [
    [WHSEC, new Webhook(WHSEC)],
    [SECRET, new Webhook(SECRET, { format: "raw" })],
  ] as const) {
    const { url } = await startTestService(t, { secrets: [secret] });
    for (const offset of [0, SLACK_SECONDS - TOLERANCE_SECONDS, TOLERANCE_SECONDS - SLACK_SECONDS]) {
      const answer = await send(url, headersBy(signer, offset));
      assert.deepEqual([answer.status, answer.text], [200, '{"status":"ok"}'], `${secret}, ${offset} s`);
    }
    // Beside it, as before, under the bytes of the same secret.
    assert.equal((await post(url, BODY, { "x-signature": signature(BODY, secret) })).status, 200);
    assert.equal(await totalOf(url), 1);
  }
});

test("a request that is sent again later is refused, and so is one from the future; the log says how far the clock is off", async (t) => {
  const service = await startTestService(t, { secrets: [WHSEC] });
  const signer = new Webhook(WHSEC);
  const off = TOLERANCE_SECONDS + SLACK_SECONDS;
  await assertRefused(
    service,
    headersBy(signer, -off),
    /^the webhook-timestamp is 3[56]\d s behind the clock here/,
  );
  await assertRefused(
    service,
    headersBy(signer, off),
    /^the webhook-timestamp is 3[56]\d s ahead of the clock here/,
  );
  assert.equal(await totalOf(service.url), 0);
});

test("of several signatures one has to be right, and every part of what is signed has to be as it was", async (t) => {
  const service = await startTestService(t, { secrets: [WHSEC] });
  const right = headersBy(new Webhook(WHSEC));
  const other = headersBy(new Webhook(SECRET, { format: "raw" }));
  const several = [other["webhook-signature"], "v1a,AAAA", "v2,AAAA", right["webhook-signature"]].join(" ");
  assert.equal((await send(service.url, { ...right, "webhook-signature": several })).status, 200);

  const wrong = /^no webhook-signature is that of id, timestamp and body/;
  await assertRefused(service, other, wrong);
  await assertRefused(service, { ...right, "webhook-id": "another" }, wrong);
  const later = String(Number(right["webhook-timestamp"]) + 1);
  await assertRefused(service, { ...right, "webhook-timestamp": later }, wrong);
  await assertRefused(service, right, wrong, `${BODY} `);
});

test("what is missing or malformed is refused, and the log says what", async (t) => {
  const service = await startTestService(t, { secrets: [WHSEC] });
  const right = headersBy(new Webhook(WHSEC));
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(right).filter(([header]) => header !== name));
  await assertRefused(service, without("webhook-id"), /webhook-id header is missing/);
  await assertRefused(service, without("webhook-timestamp"), /webhook-timestamp header is missing/);
  await assertRefused(service, without("webhook-signature"), /X-Signature header is missing/);
  for (const timestamp of ["now", "-1", "1.5", "1e9", ""]) {
    await assertRefused(service, { ...right, "webhook-timestamp": timestamp }, /not a number of seconds/);
  }
  for (const given of ["v1", "v1,", "v1,%%%", "v2,AAAA", right["webhook-signature"]?.slice(3) ?? ""]) {
    await assertRefused(service, { ...right, "webhook-signature": given }, /holds no v1 signature/);
  }
  // X-Signature decides where both are sent.
  await assertRefused(service, { ...right, "x-signature": "0".repeat(64) }, /not that of the body/);
});

test("while senders move to a new secret, the metrics say whether the previous one is still in use", async (t) => {
  const { url } = await startTestService(t, { secrets: [WHSEC, SECRET] });
  const count = async (scheme: string, secret: string): Promise<number | undefined> =>
    (await figures(url)).get(`webhook_signatures_total{scheme="${scheme}",secret="${secret}"}`);
  assert.equal(await count("x-signature", "previous"), 0);
  await post(url, BODY);
  await send(url, headersBy(new Webhook(WHSEC)));
  await send(url, headersBy(new Webhook(SECRET, { format: "raw" })));
  await post(url, BODY, { "x-signature": "0".repeat(64) });
  assert.equal(await count("x-signature", "previous"), 1);
  assert.equal(await count("x-signature", "current"), 0);
  assert.equal(await count("standard-webhooks", "current"), 1);
  assert.equal(await count("standard-webhooks", "previous"), 1);
});
