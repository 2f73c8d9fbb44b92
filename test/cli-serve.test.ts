import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { list } from "./support/listing.ts";
import { runProgram, type RunningProgram, startProgram } from "./support/program.ts";
import { tempFolder } from "./support/temp.ts";

/** What a person would copy from the banner: the rest of the line from `curl` on. */
async function sampleFrom(program: RunningProgram): Promise<string> {
  return eventually("the banner's curl line", () => /^.*?\b(curl http.*)$/m.exec(program.stderr())?.[1]);
}

/** Runs the line as a person's shell would. Without curl on the machine, does what the line says curl would do. */
async function execute(line: string): Promise<string> {
  if (spawnSync("curl", ["--version"]).error === undefined) {
    const child = spawn("sh", ["-c", `${line} --silent --show-error --max-time 20`]);
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    assert.equal(child.exitCode, 0, stderr);
    return stdout;
  }
  const [, url = "", name = "", value = "", body = ""] =
    /^curl (\S+) -H '([\w-]+): ([^']+)' -d '([^']+)'$/.exec(line) ?? [];
  const { text: answer } = await request(url, { method: "POST", body, headers: { [name]: value } });
  return answer;
}

test("the banner's curl line works as it is copied, and again", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd });
  const line = await sampleFrom(program);
  for (let times = 0; times < 2; times += 1) assert.equal(await execute(line), '{"status":"ok"}');
  assert.equal((await list(program.url)).total, 1);
});

test("the banner's curl line works whatever the secret is", async (t) => {
  for (const secret of ['it\'s "quoted" $HOME `id`', "ключ 🔑"]) {
    const program = await startProgram(t, { cwd: tempFolder(t), env: { WEBHOOK_SECRET: secret } });
    assert.equal(await execute(await sampleFrom(program)), '{"status":"ok"}');
    assert.ok(!program.stderr().includes(secret), "the banner does not show the secret");
    assert.ok(!program.stdout().includes(secret), "nor does the log");
  }
});

test("the banner says where the service listens and where its documents are", async (t) => {
  const program = await startProgram(t, { cwd: tempFolder(t) });
  await sampleFrom(program);
  assert.ok(program.stderr().includes(program.url));
  const docs = /http\S+\/docs/.exec(program.stderr())?.[0];
  assert.equal((await request(docs ?? "")).status, 200);
});

test("on an address that strangers reach, the banner gives no signed sample to replay", async (t) => {
  const program = await startProgram(t, {
    cwd: tempFolder(t),
    env: { HOST: "0.0.0.0", READ_ACCESS: "public" },
  });
  await eventually("the banner", () => program.stderr().includes("/docs") || undefined);
  assert.doesNotMatch(program.stderr(), /X-Signature/i);
});

test("what was acknowledged is there after SIGTERM and a new start", async (t) => {
  const cwd = tempFolder(t);
  const first = await startProgram(t, { cwd });
  const { code, stdout: id } = await runProgram(["send", "kept", "--url", first.url], { cwd });
  assert.equal(code, 0);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    assert.equal(await first.stop("SIGTERM"), 0);
    const again = await startProgram(t, { cwd });
    const { data } = await list(again.url);
    assert.deepEqual(
      data.map(({ message_id, text }) => [message_id, text]),
      [[id.trim(), "kept"]],
    );
    assert.equal(await again.stop(signal), 0, signal);
  }
});

test("a port that is taken ends serve with a sentence that says what to change", async (t) => {
  const { url } = await startProgram(t, { cwd: tempFolder(t) });
  const { code, stderr } = await runProgram(["serve"], {
    cwd: tempFolder(t),
    env: { PORT: new URL(url).port },
  });
  assert.notEqual(code, 0);
  assert.match(stderr, /PORT/);
  assert.doesNotMatch(stderr, /^\s+at /m, "a sentence, not a stack");
});

test("a second process on the same file is refused, and the first goes on", async (t) => {
  const cwd = tempFolder(t);
  const first = await startProgram(t, { cwd });
  const { code, stderr } = await runProgram(["serve"], { cwd, env: { PORT: "0" } });
  assert.notEqual(code, 0);
  assert.match(stderr, /app\.db/);
  assert.equal((await request(`${first.url}/health/ready`)).status, 200);
});
