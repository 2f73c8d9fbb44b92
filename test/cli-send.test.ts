import assert from "node:assert/strict";
import { test } from "node:test";
import { FORMATS } from "../src/transfer/format.ts";
import { request } from "./support/client.ts";
import { deserted, runClient } from "./support/cli.ts";
import { list } from "./support/listing.ts";
import { runProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { tempFolder } from "./support/temp.ts";

const NUMBER = /^\+\d{1,15}$/;

test("send posts a message with sensible members where no flag says otherwise, and prints its id", async (t) => {
  const { url } = await startTestService(t);
  const before = Date.now();
  const { code, stdout, stderr } = await runClient(t, url, ["send", "Hello there"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const { data } = await list(url);
  assert.equal(data.length, 1);
  const [message] = data;
  assert.equal(stdout, `${message?.message_id}\n`);
  assert.equal(message?.text, "Hello there");
  assert.match(message.from, NUMBER);
  assert.match(message.to, NUMBER);
  assert.ok(Date.parse(message.ts) >= before && Date.parse(message.ts) <= Date.now(), "ts is now");

  assert.equal((await runClient(t, url, ["send", "Hello there"])).code, 0);
  assert.equal((await list(url)).total, 2, "a message of its own each time");
});

test("send without a text sends a message without one", async (t) => {
  const { url } = await startTestService(t);
  assert.equal((await runClient(t, url, ["send"])).code, 0);
  assert.equal((await list(url)).data[0]?.text, null);
});

test("every member can be given by flag, and --url says where", async (t) => {
  const { url } = await startTestService(t);
  const sent = sampleMessage({ text: "Grüße 👋 'quoted' \"twice\" \\ %" });
  const args = [
    "--id",
    "m1",
    "--from",
    sent.from,
    "--to",
    sent.to,
    "--ts",
    sent.ts,
    "--text",
    sent.text ?? "",
  ];
  for (let times = 0; times < 2; times += 1) {
    const { code, stdout } = await runProgram(["send", ...args, "--url", url], { cwd: tempFolder(t) });
    assert.deepEqual([code, stdout], [0, "m1\n"]);
  }
  assert.deepEqual((await list(url)).data, [sent]);
});

test("what the service refuses exits 2, with what it said", async (t) => {
  const { url } = await startTestService(t);
  for (const [flag, value, member] of [
    ["--from", "nobody", "from"],
    ["--ts", "yesterday", "ts"],
    ["--id", "", "message_id"],
  ] as const) {
    const { code, stdout, stderr } = await runClient(t, url, ["send", "hello", `${flag}=${value}`]);
    assert.deepEqual([code, stdout], [2, ""], flag);
    assert.match(stderr, new RegExp(`422.*${member}`));
  }
  assert.equal((await list(url)).total, 0);
});

test("a wrong secret exits 1 and says 401", async (t) => {
  const { url } = await startTestService(t);
  for (const args of [
    ["send", "hello"],
    ["send", "--stdin"],
  ]) {
    const { code, stderr } = await runClient(t, url, args, { secret: "another", input: "{}\n" });
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, /401/);
    assert.doesNotMatch(stderr, /another/, "the secret is not repeated");
  }
  assert.equal((await list(url)).total, 0);
});

test("send --stdin sends a message for each line, with the flags for what a line leaves out", async (t) => {
  const { url } = await startTestService(t);
  const lines = [
    sampleMessage({ message_id: "whole", text: null }),
    { message_id: "short", ts: "2025-01-15T10:00:01Z" },
    { message_id: "alias", from_: "+333", ts: "2025-01-15T10:00:02Z", text: "own" },
  ];
  // Blank lines and a missing line feed at the end are how people write such files.
  const input = `\n${lines.map((line) => JSON.stringify(line)).join("\n\n")}`;
  const args = ["send", "--stdin", "--from", "+111", "--to", "+222", "--text", "flag"];
  const { code, stdout, stderr } = await runClient(t, url, args, { input });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /\b3\b/);
  assert.deepEqual((await list(url)).data, [
    sampleMessage({ message_id: "whole", text: null }),
    { message_id: "short", from: "+111", to: "+222", ts: "2025-01-15T10:00:01Z", text: "flag" },
    { message_id: "alias", from: "+333", to: "+222", ts: "2025-01-15T10:00:02Z", text: "own" },
  ]);
});

test("send --stdin sends the good lines, names the bad ones by number, and exits 2", async (t) => {
  const { url } = await startTestService(t);
  const good = (message_id: string): string => JSON.stringify(sampleMessage({ message_id }));
  const lines = [
    good("a"),
    "{not JSON",
    good("b"),
    "",
    "[1]",
    JSON.stringify({ ...sampleMessage(), from: "nobody" }),
    '"text"',
    "null",
    good("c"),
  ];
  const { code, stdout, stderr } = await runClient(t, url, ["send", "--stdin"], { input: lines.join("\n") });
  assert.equal(code, 2);
  assert.match(stdout, /\b3\b.*\b5\b/, "3 sent, 5 failed");
  const ids = (await list(url)).data.map(({ message_id }) => message_id);
  assert.deepEqual(ids.toSorted(), ["a", "b", "c"]);
  const named = stderr.split("\n").flatMap((line) => /^line (\d+): ./.exec(line)?.[1] ?? []);
  assert.deepEqual(named.toSorted(), ["2", "5", "6", "7", "8"]);
  assert.match(stderr, /^line 6: .*422.*from/m);
});

test("send --stdin sends far more lines than it has in flight, each once", async (t) => {
  const { url } = await startTestService(t);
  const input = Array.from({ length: 500 }, (_, index) => JSON.stringify({ message_id: `m${index}` })).join(
    "\n",
  );
  const { code, stdout } = await runClient(t, url, ["send", "--stdin"], { input });
  assert.equal(code, 0);
  assert.match(stdout, /\b500\b/);
  const stats = (await request(`${url}/stats`)).json as { total_messages: number };
  assert.equal(stats.total_messages, 500);
});

test("send --stdin takes what an export wrote: a line ends at a line feed and nowhere else", async (t) => {
  const { url } = await startTestService(t);
  const messages = ["\u2028", "\u2029", "\u0085", "\r", "a\r\nb", "\v\f"].map((text, index) =>
    sampleMessage({ message_id: `m${index}`, text: `before${text}after` }),
  );
  const lines = messages.map(FORMATS.ndjson.write);
  for (const input of [lines.join(""), lines.join("").replaceAll("\n", "\r\n")]) {
    const { code, stdout, stderr } = await runClient(t, url, ["send", "--stdin"], { input });
    assert.deepEqual([code, stdout, stderr], [0, `sent ${messages.length}, failed 0\n`, ""]);
    assert.deepEqual((await list(url)).data, messages);
  }
});

test("send --stdin names a line that is not UTF-8, and ends at one that no message can be", async (t) => {
  const { url } = await startTestService(t);
  const good = (message_id: string): Buffer =>
    Buffer.from(FORMATS.ndjson.write(sampleMessage({ message_id })));
  const broken = Buffer.concat([Buffer.from('{"text":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
  // Just too long: nothing of it is left unread in the pipe.
  const endless = Buffer.from(`{"text":"${"x".repeat(128 * 1024)}`);
  const input = Buffer.concat([good("a"), broken, good("b"), endless]);
  const { code, stdout, stderr } = await runClient(t, url, ["send", "--stdin"], { input });
  assert.deepEqual([code, stdout], [2, "sent 2, failed 2\n"]);
  assert.match(stderr, /^line 2: body: is not valid UTF-8$/m);
  assert.match(
    stderr,
    /^line 4: what begins here is longer than \d+ bytes, .*; nothing from there on was sent$/m,
  );
  assert.equal((await list(url)).total, 2);
});

test("send --stdin with nothing to send succeeds", async (t) => {
  const { url } = await startTestService(t);
  for (const input of ["", "\n\n"]) {
    assert.equal((await runClient(t, url, ["send", "--stdin"], { input })).code, 0);
  }
});

test("send --stdin to a service that cannot be reached exits 3 and names every line", async (t) => {
  const { code, stderr } = await runClient(t, await deserted(), ["send", "--stdin"], { input: "{}\n{}\n" });
  assert.equal(code, 3);
  assert.match(stderr, /line 1: /);
  assert.match(stderr, /line 2: /);
});

test("send without a text sends what is piped in, each line a message", async (t) => {
  const { url } = await startTestService(t);
  const input = ["a", "b"].map((id) => JSON.stringify(sampleMessage({ message_id: id }))).join("\n");
  const { code, stdout } = await runClient(t, url, ["send"], { input });
  assert.equal(code, 0);
  assert.equal(stdout, "sent 2, failed 0\n");
  const list = await request(`${url}/messages`);
  assert.deepEqual(list.json, {
    data: ["a", "b"].map((id) => sampleMessage({ message_id: id })),
    total: 2,
    limit: 50,
    offset: 0,
  });
});
