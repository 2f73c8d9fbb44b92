import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import type { Message } from "../src/message.ts";
import { post } from "./support/client.ts";
import { deserted, runClient } from "./support/cli.ts";
import { keep } from "./support/listing.ts";
import { PROGRAM, startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { figures } from "./support/figures.ts";
import { eventually } from "./support/eventually.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

interface Tail {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** As Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

function startTail(t: TestContext, url: string, ...args: string[]): Tail {
  const { NODE_TEST_CONTEXT: _mark, API_TOKEN: _token, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, "tail", "--url", url, ...args], {
    cwd: tempFolder(t),
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const closed = once(child, "close");
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    async interrupt() {
      child.kill("SIGINT");
      await closed;
      return child.exitCode;
    },
  };
}

/** Until the service has so many streams open. */
async function followed(url: string, count = 1): Promise<void> {
  await eventually("the stream is open", async () => {
    return (await figures(url)).get("http_streams") === count || undefined;
  });
}

test("tail prints a line for each message as it arrives, and ends with 0 at Ctrl-C, saying where to go on", async (t) => {
  const { url } = await startTestService(t);
  await post(url, sampleMessage({ message_id: "before" }));
  const tail = startTail(t, url);
  await followed(url);
  await post(url, sampleMessage({ message_id: "one", from: "+1", text: "Hello\n\u001b[31mred" }));
  await post(url, sampleMessage({ message_id: "two", from: "+123", text: null }));
  await until("both lines", () => tail.stdout().includes("two"));
  assert.equal(
    tail.stdout(),
    "2025-01-15T10:00:00Z  +1  +14155550100  one  Hello red\n" +
      "2025-01-15T10:00:00Z  +123  +14155550100  two\n",
  );
  assert.equal(await tail.interrupt(), 0);
  const [, id = ""] =
    /^lyftr: ended; to go on from here: lyftr tail --since-id (\S+)\n$/.exec(tail.stderr()) ?? [];
  await post(url, sampleMessage({ message_id: "three" }));
  const resumed = startTail(t, url, "--since-id", id, "--json");
  await until("the message of meanwhile", () => resumed.stdout().endsWith("\n"));
  assert.deepEqual(JSON.parse(resumed.stdout()), sampleMessage({ message_id: "three" }));
  assert.equal(await resumed.interrupt(), 0);
});

test("tail takes the filters of the list", async (t) => {
  const { url } = await startTestService(t);
  const tail = startTail(
    t,
    url,
    "--json",
    "--from",
    "+1",
    "--q",
    "a+B & 100%",
    "--until",
    "2025-01-15T10:00:02Z",
  );
  await followed(url);
  const messages = await keep(url, [
    { text: "A+b & 100%", from: "+1" },
    { text: "A+b & 100%", from: "+2" },
    { text: "other", from: "+1" },
    { text: "A+b & 100%", from: "+1", ts: "2025-01-15T10:00:02Z" },
    { text: "xA+b & 100%x", from: "+1" },
  ]);
  const lines = (): string[] => tail.stdout().split("\n").slice(0, -1);
  await until("two lines", () => lines().length >= 2);
  const printed = lines().map((line) => JSON.parse(line) as Message);
  const byId = (a?: Message, b?: Message): number => ((a?.message_id ?? "") < (b?.message_id ?? "") ? -1 : 1);
  assert.deepEqual(printed.toSorted(byId), [messages[0], messages[4]]);
  assert.equal(await tail.interrupt(), 0);
});

test("when the service is killed and started again, tail says so and misses nothing", async (t) => {
  const cwd = tempFolder(t);
  const first = await startProgram(t, { cwd });
  const tail = startTail(t, first.url, "--json");
  await followed(first.url);
  await post(first.url, sampleMessage({ message_id: "one" }));
  await until("the first", () => tail.stdout().includes("one"));
  await post(first.url, sampleMessage({ message_id: "two" }));
  await first.stop("SIGKILL");
  await until("it says so", () =>
    /^lyftr: the stream is lost: .*; trying again in \d+ s\n/.test(tail.stderr()),
  );
  const { port } = new URL(first.url);
  const second = await startProgram(t, { cwd, env: { PORT: port } });
  await post(second.url, sampleMessage({ message_id: "three" }));
  await until("the last", () => tail.stdout().includes("three"));
  const ids = tail.stdout().trimEnd().split("\n");
  assert.deepEqual(
    ids.map((line) => (JSON.parse(line) as Message).message_id),
    ["one", "two", "three"],
  );
  assert.equal(await tail.interrupt(), 0);
});

test("tail ends with the code and the words of the service where it is refused, and where nothing listens", async (t) => {
  const token = "reader-0123456789abcdef";
  const { url } = await startTestService(t, {
    access: { tokens: [{ name: "page", role: "read", token }], openTo: "loopback", areMetricsOpen: false },
  });
  const refused = await runClient(t, url, ["tail"]);
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /^lyftr: 401 a token is needed.*; set API_TOKEN\n$/);
  const wrong = await runClient(t, url, ["tail", "--since", "today"], { token });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^lyftr: 422 since: must be an RFC 3339 date-time/);
  const nobody = await runClient(t, await deserted(), ["tail"]);
  assert.equal(nobody.code, 3);
  assert.match(nobody.stderr, /^lyftr: nothing to follow at http:\S+: .*ECONNREFUSED/);
});

test("an id of another inbox is told, and tail goes on from now", async (t) => {
  const { url } = await startTestService(t);
  const tail = startTail(t, url, "--since-id", "0123456789abcdef-7");
  await until("it is told", () => tail.stderr().includes("\n"));
  assert.match(
    tail.stderr(),
    /^lyftr: what arrived meanwhile cannot be told: the id is of another inbox, .*; going on from now\n/,
  );
  await post(url, sampleMessage({ message_id: "new" }));
  await until("what is new", () => tail.stdout().includes("new"));
  assert.equal(await tail.interrupt(), 0);
});

test("when whoever reads its output is gone, tail ends", async (t) => {
  const { url } = await startTestService(t);
  const tail = startTail(t, url);
  await followed(url);
  tail.child.stdout?.destroy();
  let sent = 0;
  await eventually("tail ends", async () => {
    await post(url, sampleMessage({ message_id: `m${(sent += 1)}` }));
    return tail.child.exitCode ?? undefined;
  });
  assert.equal(tail.child.exitCode, 0);
});
