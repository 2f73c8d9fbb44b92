/** What a stranger learns of what is held here, and of what a signature should have been: nothing. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fastify } from "fastify";
import { createMetrics } from "../src/metrics.ts";
import { webhookRoute } from "../src/http/webhook.ts";
import { Secrets } from "../src/secrets.ts";
import { createIngest } from "../src/webhook/ingest.ts";
import { Rejections } from "../src/webhook/rejections.ts";
import { WrongSignatures } from "../src/webhook/wrong-signatures.ts";
import { type Answer, post, request, signature } from "./support/client.ts";
import { createHeldStore } from "./support/held-store.ts";
import { PROJECT } from "./support/program.ts";
import { openRaw, rawHead } from "./support/raw.ts";
import { sampleMessage, SECRET } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

const PREVIOUS = "the secret before";
const KNOWN = sampleMessage({ message_id: "known" });
const BODIES: Readonly<Record<string, string>> = {
  "a message that is there": JSON.stringify(KNOWN),
  "another content under its id": JSON.stringify({ ...KNOWN, text: "other" }),
  "a message that is not there": JSON.stringify(sampleMessage({ message_id: "new" })),
  "no message": "[]",
  "no JSON": "{",
  nothing: "",
};

/** Everything of an answer but what differs from one to the next whatever was asked. */
function seen({ status, text, headers }: Answer): string {
  const told = [...headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return JSON.stringify([status, text, told]);
}

/** As Standard Webhooks has it, under any secret and of any time. */
function standard(body: string, secret: string, seconds: number): Record<string, string> {
  const signed = createHmac("sha256", secret).update(`id.${seconds}.${body}`).digest("base64");
  return { "webhook-id": "id", "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signed}` };
}

function wrongHeaders(body: string): Record<string, Record<string, string>> {
  const now = Math.floor(Date.now() / 1_000);
  const right = signature(body);
  return {
    "of nobody": {},
    "that is empty": { "x-signature": "" },
    "that is no hex": { "x-signature": "z".repeat(64) },
    "that is too short": { "x-signature": right.slice(0, 62) },
    "of zeros": { "x-signature": "0".repeat(64) },
    "that is right but for the last digit": {
      "x-signature": `${right.slice(0, 63)}${right.endsWith("0") ? "1" : "0"}`,
    },
    "under another secret": { "x-signature": signature(body, "other") },
    "given twice": { "x-signature": `${right}, ${right}` },
    "in base64": { "x-signature": Buffer.from(right, "hex").toString("base64") },
    "of another body": { "x-signature": signature(`${body} `) },
    "of Standard Webhooks, too old but right": standard(body, SECRET, now - 3_600),
    "of Standard Webhooks, too old and of the previous secret": standard(body, PREVIOUS, now - 3_600),
    "of Standard Webhooks, wrong": standard(body, "other", now),
    "of Standard Webhooks without an id": { "webhook-signature": "v1,", "webhook-timestamp": "1" },
    "and a content encoding": { "x-signature": "0".repeat(64), "content-encoding": "gzip" },
    "and an X-Forwarded-For": { "x-signature": "0".repeat(64), "x-forwarded-for": "10.0.0.9" },
  };
}

test("every wrong signature gets the same answer, whatever is wrong with it and whatever it is on", async (t) => {
  const answers = new Map<string, string>();
  for (const secrets of [[SECRET], [SECRET, PREVIOUS]]) {
    const { url } = await startTestService(t, { secrets });
    assert.equal((await post(url, KNOWN)).status, 200);
    for (const [what, body] of Object.entries(BODIES)) {
      for (const [how, headers] of Object.entries(wrongHeaders(body))) {
        const answer = await request(`${url}/webhook`, { method: "POST", body, headers });
        assert.equal(answer.status, 401, `${what}, signature ${how}`);
        answers.set(seen(answer), `${what}, signature ${how}`);
      }
    }
  }
  assert.equal(answers.size, 1, [...answers].flat().join("\n"));
});

test("what is refused before the signature is looked at is refused alike with a right one and without any", async (t) => {
  const { url } = await startTestService(t);
  const large = "x".repeat(64 * 1024 + 1);
  const many = Array.from({ length: 120 }, (_, index) => `X-${index}: 1`);
  const answers = async (headers: readonly string[]): Promise<string[]> => {
    const heads = [
      rawHead("POST /webhook", [...headers, `Content-Length: ${large.length}`]),
      rawHead("POST /webhook", [...headers, ...many, "Content-Length: 0"]),
      rawHead(`POST /webhook?${"x".repeat(12_100)}`, [...headers, "Content-Length: 0"]),
      rawHead("POST /webhook", [...headers, "Expect: much", "Content-Length: 0"]),
      rawHead("PUT /webhook", [...headers, "Content-Length: 0"]),
      rawHead("OPTIONS /webhook", headers),
    ];
    return Promise.all(
      heads.map(async (head) => {
        const connection = await openRaw(t, url);
        await connection.send(head);
        const answer = await connection.answer();
        connection.destroy();
        return seen(answer);
      }),
    );
  };
  const unsigned = await answers([]);
  assert.deepEqual(
    unsigned.map((answer) => (JSON.parse(answer) as [number])[0]),
    [413, 431, 414, 417, 405, 405],
  );
  assert.deepEqual(await answers([`X-Signature: ${signature("")}`]), unsigned);
  assert.deepEqual(await answers([`X-Signature: ${signature(large)}`]), unsigned);
});

test("with tokens, every path is answered alike to who has none, by whatever method, long, odd or not there", async (t) => {
  const token = { name: "ops", role: "admin", token: "0123456789abcdef" } as const;
  const { url } = await startTestService(t, {
    access: { tokens: [token], openTo: "loopback", areMetricsOpen: false },
  });
  await post(url, KNOWN);
  const targets = [
    "/messages/known",
    "/messages/unknown",
    "/messages?from=%2B1",
    "/messages?cursor=x",
    "/messages/%zz",
    `/messages/${"x".repeat(4_000)}`,
    "/stats",
    "/stats/timeline",
    "/rejections",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/nothing",
    "/webhook/",
    "/%77ebhook",
    "/health/live/",
    "/health",
    "*",
  ];
  const answers = new Set<string>();
  for (const method of ["GET", "POST", "DELETE", "OPTIONS", "PROPFIND"]) {
    for (const target of targets) {
      const connection = await openRaw(t, url);
      await connection.send(rawHead(`${method} ${target}`, ["Content-Length: 0"]));
      answers.add(seen(await connection.answer()));
      connection.destroy();
    }
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
});

/** Where something is compared that a stranger must not find out byte by byte. */
const COMPARING = [
  "webhook/verify.ts",
  "webhook/standard-webhooks.ts",
  "webhook/diagnose.ts",
  "http/guard.ts",
];

test("digests are compared whole, in constant time, and never as text", () => {
  for (const name of COMPARING) {
    const source = readFileSync(join(PROJECT, "src", name), "utf8");
    assert.match(source, /\btimingSafeEqual\(/, name);
    // What is a string could only be compared by what stops at the first difference. sign() is for the command line.
    const asText = [
      ...source.matchAll(/^.*\.digest\(".*$|^.*\.toString\("(?:hex|base64|base64url)"\).*$/gm),
    ].map(([line]) => line.trim());
    const expected =
      name === "webhook/verify.ts" ? ['return createHmac("sha256", secret).update(body).digest("hex");'] : [];
    assert.deepEqual(asText, expected, name);
    // Every secret or token is tried, also where one before it was found to be right.
    assert.doesNotMatch(source, /\.(?:some|find|every)\([^]{0,80}timingSafeEqual/, name);
  }
  const others = readFileSync(join(PROJECT, "src", "webhook", "verify.ts"), "utf8").replace(
    /export function sign[^]*?\n\}/,
    "",
  );
  assert.doesNotMatch(others, /\bsign\(/, "the right signature is never made as text to compare with");
});

test("a wrong signature is looked into only after its answer is sent", async (t) => {
  const order: string[] = [];
  const secrets = new Secrets([SECRET]);
  const app = fastify();
  t.after(() => app.close());
  app.addHook("onRequest", (_request, reply, done) => {
    reply.raw.once("finish", () => order.push("answered"));
    done();
  });
  const parts = {
    ingest: createIngest(createHeldStore(), () => undefined),
    secrets,
    metrics: createMetrics(),
    // It asks for the time when it begins.
    rejections: new Rejections(secrets, () => {
      order.push("looked into");
      return Date.now();
    }),
    wrongSignatures: new WrongSignatures(() => 0),
  };
  await app.register(webhookRoute(parts));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const { message_id } = sampleMessage();
  for (const headers of [{}, { "x-signature": signature(`${message_id}\n`) }])
    await request(`${url}/webhook`, { method: "POST", body: message_id, headers });
  await app.close();
  assert.deepEqual(
    order.filter((one, index) => one !== order[index - 1]),
    ["answered", "looked into", "answered", "looked into"],
  );
});
