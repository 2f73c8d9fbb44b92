import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { post, request, signature } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { runProgram, type RunningProgram, startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

/** Whatever the machine that runs the tests has set must not decide them. */
const UNSET = {
  WEBHOOK_SECRET: undefined,
  WEBHOOK_SECRET_PREVIOUS: undefined,
  DATABASE_URL: undefined,
  HOST: undefined,
  LOG_LEVEL: undefined,
  READ_TIMEOUT_MS: undefined,
  DATABASE_READ_CONNECTIONS: undefined,
  API_TOKENS: undefined,
  API_TOKEN: undefined,
  READ_ACCESS: undefined,
  METRICS_ACCESS: undefined,
  TRUST_PROXY: undefined,
  CONNECTIONS_MAX: undefined,
  PAGE_PATH: undefined,
};

async function statusUnder(program: RunningProgram, secret: string): Promise<number> {
  const body = JSON.stringify(sampleMessage());
  return (await post(program.url, body, { "x-signature": signature(body, secret) })).status;
}

test("settings are read from .env in the working folder", async (t) => {
  const cwd = tempFolder(t);
  writeFileSync(
    join(cwd, ".env"),
    "# the inbox\nWEBHOOK_SECRET=from-file\nWEBHOOK_SECRET_PREVIOUS='previous one'\nDATABASE_URL=sqlite:///kept/here.db\n",
  );
  const program = await startProgram(t, { cwd, env: UNSET });
  assert.equal(await statusUnder(program, "from-file"), 200);
  assert.equal(await statusUnder(program, "previous one"), 200);
  assert.equal(await statusUnder(program, "testsecret"), 401);
  assert.ok(existsSync(join(cwd, "kept", "here.db")), "the path is relative to the working folder");
});

test("the environment takes precedence over .env, setting by setting", async (t) => {
  const cwd = tempFolder(t);
  writeFileSync(
    join(cwd, ".env"),
    "WEBHOOK_SECRET=from-file\nPORT=none\nDATABASE_URL=sqlite:///from-file.db\n",
  );
  const program = await startProgram(t, { cwd, env: { ...UNSET, WEBHOOK_SECRET: "from-environment" } });
  assert.equal(await statusUnder(program, "from-environment"), 200);
  assert.equal(await statusUnder(program, "from-file"), 401);
  assert.ok(existsSync(join(cwd, "from-file.db")), "what the environment leaves out is as the file says");
});

test("without any setting but the secret, the data is in data/app.db of the working folder", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd, env: { ...UNSET, WEBHOOK_SECRET: "testsecret" } });
  assert.equal(await statusUnder(program, "testsecret"), 200);
  assert.match(program.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.ok(existsSync(join(cwd, "data", "app.db")));
});

test("serve without WEBHOOK_SECRET ends at once and says so on stderr", async (t) => {
  const cwd = tempFolder(t);
  for (const env of [UNSET, { ...UNSET, WEBHOOK_SECRET: "" }]) {
    const { code, stdout, stderr } = await runProgram(["serve"], { cwd, env });
    assert.notEqual(code, 0);
    assert.match(stderr, /WEBHOOK_SECRET/);
    assert.doesNotMatch(stderr, /^\s+at /m, "a sentence, not a stack");
    assert.equal(stdout, "");
  }
  assert.ok(!existsSync(join(cwd, "data")), "nothing was created");
});

test("serve names all wrong settings at once, also those of .env", async (t) => {
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, ".env"), "LOG_LEVEL=loud\nPORT=http\n");
  const env = { ...UNSET, PORT: undefined, DATABASE_URL: "postgres://user:hunter2@/d" };
  const { code, stdout, stderr } = await runProgram(["serve"], { cwd, env });
  assert.notEqual(code, 0);
  for (const name of ["WEBHOOK_SECRET", "DATABASE_URL", "PORT", "LOG_LEVEL"])
    assert.match(stderr, new RegExp(name));
  assert.doesNotMatch(stdout + stderr, /hunter2/);
});

test("LOG_LEVEL is taken in any case, and stdout holds nothing but JSON lines", async (t) => {
  for (const level of ["INFO", "Info", "dEBUG"]) {
    const program = await startProgram(t, {
      cwd: tempFolder(t),
      env: { ...UNSET, WEBHOOK_SECRET: "s", LOG_LEVEL: level },
    });
    await request(`${program.url}/stats`, { headers: { "x-request-id": "asked" } });
    await eventually(
      "the request's line",
      () => program.stdout().includes('"request_id":"asked"') || undefined,
    );
    assert.equal(await program.stop("SIGTERM"), 0);
    const lines = program.stdout().trimEnd().split("\n");
    for (const line of lines) {
      const { ts, level: word } = JSON.parse(line) as Record<string, unknown>;
      assert.ok(!Number.isNaN(Date.parse(String(ts))), line);
      assert.equal(typeof word, "string", line);
    }
  }
});
