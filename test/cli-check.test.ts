/** `lyftr check`: a file that is exact is told so and left as it is, whether the service runs, was stopped or was killed. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { assertTellsBoth, bytesIn, change, differing, makeCheckedFile, runCheck } from "./support/checked.ts";
import { request } from "./support/client.ts";
import { startProgram } from "./support/program.ts";
import { seededRandom } from "./support/random.ts";
import { Load } from "./support/sender.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

test("a file of several parts, scripts and hours is exact, and is left byte for byte as it is", async (t) => {
  const path = makeCheckedFile(t);
  const before = bytesIn(dirname(path));
  const { code, stdout, stderr } = await runCheck(path);
  assert.equal(code, 0, stdout + stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.ok(lines.length > 12);
  for (const line of lines.slice(0, -1)) assert.match(line, /^ok {7}\S/);
  assert.equal(lines.at(-1), `exact: ${path} passed ${lines.length - 1} checks`);
  // Without a terminal, progress is a line for each check.
  const steps = stderr.trimEnd().split("\n");
  assert.equal(steps.length, lines.length - 1);
  assert.match(steps[1] ?? "", new RegExp(`^2/${steps.length} \\w`));
  assert.deepEqual(bytesIn(dirname(path)), before);
});

test("--json prints one object with every check", async (t) => {
  const path = makeCheckedFile(t);
  change(path, "UPDATE totals SET messages = messages + 1; UPDATE party_hours SET sent = sent + 1");
  assertTellsBoth(await runCheck(path, "--json"), path);
});

test("while the service runs under load it is exact, nobody is turned away, and so after the stop", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd });
  const load = new Load(seededRandom(t, "CHECK_SEED"));
  const loading = load.run(program.url, 16);
  const path = join(cwd, "data", "app.db");
  await until("some messages are there", () => load.acknowledged.size > 500);
  for (let times = 0; times < 3; times += 1) {
    const before = load.acknowledged.size;
    const finished = await runCheck(path);
    assert.deepEqual(differing(finished), [], finished.stdout);
    assert.ok(load.acknowledged.size > before, "messages were taken meanwhile");
  }
  const { status } = await request(`${program.url}/health/ready`);
  assert.equal(status, 200);
  assert.equal(await program.stop("SIGTERM"), 0);
  await loading;
  const before = bytesIn(join(cwd, "data"));
  assert.ok(!("app.db-wal" in before));
  assert.deepEqual(differing(await runCheck(path)), []);
  assert.deepEqual(bytesIn(join(cwd, "data")), before);
});

test("after kill -9 the main file is exact as it is, write-ahead log and all, and the next start goes on", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd });
  const load = new Load(seededRandom(t, "CHECK_SEED"));
  const loading = load.run(program.url, 16);
  await until("some messages are there", () => load.acknowledged.size > 300);
  await program.stop("SIGKILL");
  await loading;
  const folder = join(cwd, "data");
  const { "app.db-shm": before, ...files } = bytesIn(folder);
  assert.ok(before !== undefined && "app.db-wal" in files);
  assert.deepEqual(differing(await runCheck(join(folder, "app.db"))), []);
  // The index of the log is rebuilt in place by whoever reads it first; it holds no data.
  const { "app.db-shm": _after, ...left } = bytesIn(folder);
  assert.deepEqual(left, files);
  const again = await startProgram(t, { cwd });
  const stats = (await request(`${again.url}/stats`)).json as { total_messages: number };
  assert.ok(stats.total_messages >= load.acknowledged.size);
});
