/** `lyftr doctor`, of what is the same whatever keeps the messages: settings, secrets, readers, clock, the running service. */
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { clockFinding } from "../src/clock-offset.ts";
import { examineClock } from "../src/doctor/clock.ts";
import { post } from "./support/client.ts";
import { assertFound, assertNothingFails, runDoctor } from "./support/doctor.ts";
import { runProgram, startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const TOKEN = "0123456789abcdef";

test("a machine that is well: nothing fails, and what is said is what was looked at", async (t) => {
  const diagnosis = await runDoctor(t);
  assertNothingFails(diagnosis);
  assertFound(diagnosis, "settings", "ok");
  assertFound(diagnosis, "program", "ok", /on Node 24\./);
  assertFound(diagnosis, "WEBHOOK_SECRET", "ok", /32 characters/);
  assertFound(diagnosis, "who may read", "ok", /on this machine/);
  assertFound(diagnosis, "clock", "ok", new RegExp(`^${new Date().toISOString().slice(0, 13)}`));
  assertFound(diagnosis, "running service", "ok", /none answers at http:\/\/127\.0\.0\.1:\d+/);
});

test("lines for people: a verdict each, what to do below it, and a count last", async (t) => {
  const cwd = tempFolder(t);
  const { code, stdout, stderr } = await runProgram(["doctor"], {
    cwd,
    env: { PORT: "0", DATABASE_URL: "sqlite:///a\u202eb/app.db" },
  });
  assert.equal(stderr, "");
  assert.equal(code, /^fail/m.test(stdout) ? 1 : 0);
  const lines = stdout.trimEnd().split("\n");
  for (const line of lines.slice(0, -2))
    assert.match(line, /^(?:ok {4}|warn {2}|fail {2})\S.*: \S|^ {6}→ \S/);
  assert.match(stdout, /^warn {2}WEBHOOK_SECRET: .* samples.*\n {6}→ make one with: openssl rand -hex 32$/m);
  assert.match(lines.at(-1) ?? "", /^\d+ looked at: \d+ ok, [1-9]\d* warn, \d+ fail$/);
  assert.doesNotMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
});

test("wrong settings are told each by name, with 2, and nothing else is looked at", async (t) => {
  const diagnosis = await runDoctor(t, { PORT: "x", HOST: "0.0.0.0", WEBHOOK_SECRET: "" });
  assert.equal(diagnosis.code, 2);
  assert.deepEqual(new Set(diagnosis.findings.map(({ subject }) => subject)), new Set(["settings"]));
  const said = new Set(diagnosis.findings.map(({ says }) => says.split(":", 1)[0]));
  assert.deepEqual(said, new Set(["HOST", "PORT", "WEBHOOK_SECRET"]));
});

test("secrets that are known, short, padded, the same or old are told, and never shown", async (t) => {
  const good = "fedcba9876543210fedcba9876543210";
  for (const [env, subject, verdict, words] of [
    [{ WEBHOOK_SECRET: "testsecret" }, "WEBHOOK_SECRET", "warn", /samples.*openssl rand/],
    [
      { WEBHOOK_SECRET: "ChangeMe", HOST: "0.0.0.0", READ_ACCESS: "local" },
      "WEBHOOK_SECRET",
      "fail",
      /anybody/,
    ],
    [{ WEBHOOK_SECRET: "sh0rt-One" }, "WEBHOOK_SECRET", "warn", /9 characters/],
    [{ WEBHOOK_SECRET: `${good} ` }, "WEBHOOK_SECRET", "warn", /white space/],
    [
      { WEBHOOK_SECRET: good, WEBHOOK_SECRET_PREVIOUS: "sh0rt-One" },
      "WEBHOOK_SECRET_PREVIOUS",
      "warn",
      /9 char/,
    ],
  ] as const) {
    const diagnosis = await runDoctor(t, env);
    assertFound(diagnosis, subject, verdict, words);
    for (const secret of [env.WEBHOOK_SECRET, "sh0rt-One"]) assert.ok(!diagnosis.stdout.includes(secret));
  }
  const same = await runDoctor(t, { WEBHOOK_SECRET: good, WEBHOOK_SECRET_PREVIOUS: good });
  assert.ok(same.findings.some(({ says }) => /the same as WEBHOOK_SECRET/.test(says)));
});

test("who may read is told, and that everybody may is worth a warning", async (t) => {
  for (const [env, verdict, words] of [
    [
      { API_TOKENS: `a:read:${TOKEN},b:admin:${TOKEN}=`, METRICS_ACCESS: "public" },
      "ok",
      /2 tokens; \/metrics/,
    ],
    [{ READ_ACCESS: "public" }, "warn", /everybody/],
    [{ READ_ACCESS: "local", HOST: "0.0.0.0" }, "warn", /published to this machine/],
  ] as const) {
    const diagnosis = await runDoctor(t, env);
    assertFound(diagnosis, "who may read", verdict, words);
    assert.ok(!diagnosis.stdout.includes(TOKEN));
  }
});

test(".env that others may read is told", async (t) => {
  const cwd = tempFolder(t);
  const path = join(cwd, ".env");
  writeFileSync(path, "LOG_LEVEL=info\n");
  for (const [mode, verdict] of [
    [0o644, "warn"],
    [0o640, "warn"],
    [0o600, "ok"],
  ] as const) {
    chmodSync(path, mode);
    assertFound(await runDoctor(t, {}, cwd), ".env", verdict, verdict === "warn" ? /chmod 600 \.env/ : /600/);
  }
});

test("a clock that cannot be right, or is far from another, is told", () => {
  const at = (time: string): string => [...examineClock(() => Date.parse(time))][0]?.verdict ?? "";
  assert.deepEqual(["1970-01-01T00:00:10Z", "2026-01-01T00:00:00Z", "2150-01-01T00:00:00Z"].map(at), [
    "fail",
    "ok",
    "fail",
  ]);
  const verdicts = [0, 5_000, -5_001, 300_000, -300_001].map((ms) => clockFinding("clock", ms).verdict);
  assert.deepEqual(verdicts, ["ok", "ok", "warn", "warn", "fail"]);
});

/** Something that listens where the service should, and answers everything alike. */
async function startOther(t: TestContext, status: number, body: string, date?: string): Promise<string> {
  const server = createServer((_request, response) => {
    if (date !== undefined) response.setHeader("date", date);
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return String((server.address() as AddressInfo).port);
}

test("a service that runs is asked whether it is ready, and what time it has", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd });
  await post(program.url, sampleMessage());
  const beside = await runDoctor(t, { PORT: new URL(program.url).port }, cwd);
  assertNothingFails(beside);
  assertFound(beside, "running service", "ok", /is ready/);
  assertFound(beside, "clock of the service", "ok");
  assertFound(beside, "data file", "ok");
  assertFound(beside, "journal", "ok");
  assert.equal((await post(program.url, sampleMessage({ message_id: "m2" }))).status, 200);

  const unready = await startOther(t, 503, '{"detail":"the disk is full"}', "Thu, 01 Jan 2026 00:00:00 GMT");
  const diagnosis = await runDoctor(t, { PORT: unready });
  assertFound(diagnosis, "running service", "fail", /not ready: the disk is full/);
  assertFound(diagnosis, "clock of the service", "fail", /behind the one here/);
  const other = await runDoctor(t, { PORT: await startOther(t, 200, "<html>") });
  assertFound(other, "running service", "fail", /another program/);
});
