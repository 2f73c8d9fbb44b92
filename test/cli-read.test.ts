import assert from "node:assert/strict";
import { test } from "node:test";
import type { Access } from "../src/access.ts";
import { request } from "./support/client.ts";
import { runClient } from "./support/cli.ts";
import { keep, list } from "./support/listing.ts";
import { startTestService } from "./support/service.ts";

test("messages shows a line for each message, in order, and how many there are in all", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [
    { message_id: "second", ts: "2025-01-15T10:00:02Z", text: "Grüße" },
    { message_id: "first", ts: "2025-01-15T10:00:01Z", from: "+111", to: "+222", text: null },
  ]);
  const { code, stdout, stderr } = await runClient(t, url, ["messages"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /2025-01-15T10:00:01Z +\+111 +\+222 +first\s[^]*10:00:02Z .* second +Grüße/);
  assert.match(stdout, /\b2\b *$/m);
  assert.match((await runClient(t, url, ["messages", "--q", "nothing"])).stdout, /\b0\b/);
});

test("messages --json prints the service's answer", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ text: "one" }, { text: null }]);
  const { code, stdout } = await runClient(t, url, ["messages", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), await list(url));
});

test("messages takes every filter of the service", async (t) => {
  const { url } = await startTestService(t);
  await keep(
    url,
    Array.from({ length: 12 }, (_, index) => ({
      ts: `2025-01-15T10:00:${10 + index}Z`,
      from: index % 2 === 0 ? "+111" : "+222",
      to: index % 3 === 0 ? "+333" : "+444",
      text: index % 4 === 0 ? "a+b & 100%" : "Ünder_score a b",
    })),
  );
  for (const [args, query] of [
    [["--from", "+111"], { from: "+111" }],
    [["--to", "+333"], { to: "+333" }],
    [["--since", "2025-01-15T10:00:12Z"], { since: "2025-01-15T10:00:12Z" }],
    [["--until", "2025-01-15T10:00:12Z"], { until: "2025-01-15T10:00:12Z" }],
    [["--q", "a+B & 100%"], { q: "a+b & 100%" }],
    [["-q", "üNDER_SCORE A"], { q: "ünder_score a" }],
    [["--order", "desc", "--limit", "3", "--offset", "2"], { order: "desc", limit: "3", offset: "2" }],
    [
      ["--from", "+222", "--to", "+444", "--q", "a b", "--limit=1"],
      { from: "+222", to: "+444", q: "a b", limit: "1" },
    ],
  ] as const) {
    const expected = await list(url, query);
    assert.ok(expected.data.length > 0, JSON.stringify(query));
    const { code, stdout } = await runClient(t, url, ["messages", "--json", ...args]);
    assert.equal(code, 0, args.join(" "));
    assert.deepEqual(JSON.parse(stdout), expected, args.join(" "));
  }
});

test("a filter that the service refuses exits 2, with what it said", async (t) => {
  const { url } = await startTestService(t);
  for (const args of [
    ["--limit", "0"],
    ["--since", "yesterday"],
  ]) {
    const { code, stdout, stderr } = await runClient(t, url, ["messages", ...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, new RegExp(`422.*${args[0]?.slice(2)}`));
  }
});

/** What could steer a terminal, hide or reorder what it shows, or fake another row of the table. */
const STEERING = [
  "\u001b[31mred\u001b[0m",
  "\u001b]0;title\u0007",
  "\u009b31mred",
  "\r\nsecond line",
  "back\b\b\b\bspace",
  "nul\u0001",
  "del\u007f",
  "rtl\u202egnp.exe",
  "iso\u2066late",
  "sep\u2028arator",
  "zero\u200bwidth",
];

test("control characters of a message are not printed raw in the table", async (t) => {
  const { url } = await startTestService(t);
  const hostile = STEERING.map((text, index) => ({ message_id: `id${10 + index}${text}`, text }));
  await keep(url, hostile);
  const { code, stdout } = await runClient(t, url, ["messages"]);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  // A heading, one line for each message, an empty line and the count: none has made a line of its own.
  assert.equal(stdout.trimEnd().split("\n").length, 1 + hostile.length + 2);
});

test("control characters of a message are not printed raw in --json, and are the same once parsed", async (t) => {
  const { url } = await startTestService(t);
  await keep(
    url,
    STEERING.map((text) => ({ text })),
  );
  const { stdout } = await runClient(t, url, ["messages", "--json"]);
  assert.deepEqual(JSON.parse(stdout), await list(url));
  assert.equal(stdout.trimEnd().split("\n").length, 1);
  assert.doesNotMatch(stdout.trimEnd(), /\p{Cc}/u);
});

test("control characters in what the service says are not printed raw on stderr", async (t) => {
  const { url } = await startTestService(t);
  const input = `{"message_id":"a","\u001b[31m":1,\u001b[32m}\n{"from":"\\u001b[31m","\\u009b":"x"}\n`;
  const { stderr } = await runClient(t, url, ["send", "--stdin"], { input });
  assert.match(stderr, /line 1: [^]*line 2: /);
  assert.doesNotMatch(stderr.replaceAll("\n", ""), /\p{Cc}/u);
});

test("a long text or id does not spread over the terminal", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ message_id: "😀".repeat(256), text: "long ".repeat(800) }]);
  const { stdout } = await runClient(t, url, ["messages"]);
  for (const line of stdout.split("\n")) assert.ok(line.length < 250, `${line.length} characters`);
});

test("stats shows the figures, and --json the service's answer", async (t) => {
  const { url } = await startTestService(t);
  const empty = await runClient(t, url, ["stats"]);
  assert.deepEqual([empty.code, empty.stderr], [0, ""]);
  assert.match(empty.stdout, /messages +0/);

  await keep(url, [
    { from: "+111", ts: "2025-01-15T10:00:00.50Z" },
    { from: "+222", ts: "2025-01-16T10:00:00Z" },
    { from: "+222", ts: "2025-01-17T10:00:00Z" },
  ]);
  const { code, stdout } = await runClient(t, url, ["stats"]);
  assert.equal(code, 0);
  for (const shown of [/messages +3/, /senders +2/, /2025-01-15T10:00:00\.50Z/, /2025-01-17T10:00:00Z/]) {
    assert.match(stdout, shown);
  }
  assert.match(stdout, /2 +\+222[^]*1 +\+111/, "the most frequent sender first");

  const json = await runClient(t, url, ["stats", "--json"]);
  assert.equal(json.code, 0);
  assert.deepEqual(JSON.parse(json.stdout), (await request(`${url}/stats`)).json);
});

test("stats --timeline draws a bar for each hour or day, by its time and count", async (t) => {
  const { url } = await startTestService(t);
  const timeline = ["stats", "--timeline", "hour"];
  assert.match((await runClient(t, url, timeline)).stdout, /no messages/);
  await keep(url, [
    ...Array.from({ length: 4 }, () => ({ ts: "2026-11-24T01:59:59.9Z" })),
    { ts: "2026-11-24T03:00:00Z", from: "+111" },
    { ts: "2026-11-25T01:00:00Z" },
  ]);
  const { code, stdout, stderr } = await runClient(t, url, timeline);
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  for (const [index, [count, start]] of [
    [4, "2026-11-24 01:00"],
    [1, "2026-11-24 03:00"],
    [1, "2026-11-25 01:00"],
  ].entries()) {
    assert.match(lines[index] ?? "", new RegExp(`^ *${count} +${start} +█+ *$`));
  }
  const widths = lines.map((line) => line.replaceAll(/[^█]/g, "").length);
  assert.ok((widths[0] ?? 0) > (widths[1] ?? 0), "the bars tell more from fewer");

  const byDay = ["stats", "--timeline=day", "--from", "+111", "--since", "2026-11-24T03:00:00Z", "--json"];
  const { json } = await request(`${url}/stats/timeline?bucket=day&from=%2B111&since=2026-11-24T03:00:00Z`);
  assert.deepEqual(JSON.parse((await runClient(t, url, byDay)).stdout), json);

  for (const wrong of [
    ["--timeline", "week"],
    ["--from", "+111"],
    ["--timeline=day", "--until", "now"],
  ]) {
    const refused = await runClient(t, url, ["stats", ...wrong]);
    assert.deepEqual([refused.code, refused.stdout], [2, ""], wrong.join(" "));
  }
});

test("messages and stats send API_TOKEN, and say what the service says without it", async (t) => {
  const token = "0123456789abcdef";
  const access: Access = {
    tokens: [{ name: "me", role: "read", token }],
    openTo: "loopback",
    areMetricsOpen: false,
  };
  const { url } = await startTestService(t, { access });
  for (const command of ["messages", "stats"]) {
    const refused = await runClient(t, url, [command]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /401 a token is needed/);
    assert.match(refused.stderr, /set API_TOKEN$/m);
    assert.equal((await runClient(t, url, [command], { token })).code, 0);
  }
});
