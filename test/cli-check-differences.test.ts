/** `lyftr check`: each figure that is wrong is named. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fillPart } from "../src/store/sqlite/part.ts";
import { change, differing, makeCheckedFile, runCheck } from "./support/checked.ts";
import { tempFolder } from "./support/temp.ts";

const PARTS = "parts of the search index";
const TRIGRAMS = "trigrams of the search index";
const SHORT = "texts with each one or two characters";
const SENT = "messages sent by each party";
const RECEIVED = "messages received by each party";

/** The statement that fills a part, made one that takes from it what message 1 has there. */
const TAKE_OUT_FIRST = fillPart(1)
  .replace("(rowid,", "(search_1, rowid,")
  .replace("SELECT id,", "SELECT 'delete', id,")
  .replace("id > ? AND id <= ?", "id = 1");
/** Message 6 has no text. */
const PUT_IN_FOR_SIXTH = fillPart(1)
  .replace("SELECT id,", "SELECT 6,")
  .replace("id > ? AND id <= ?", "id = 1");

/** With a key of the test's own. */
const KEY = "00".repeat(32);
const HASH_OF_M1 = createHmac("sha256", Buffer.from(KEY, "hex")).update("m1").digest("hex").slice(0, 32);
const ERASE_FIRST = `UPDATE erasure_key SET key = x'${KEY}'; INSERT INTO erased VALUES (x'${HASH_OF_M1}', 1)`;

const WRONGED: readonly (readonly [sql: string, checks: readonly string[], told: RegExp])[] = [
  ["UPDATE totals SET messages = 299", ["totals"], /messages: kept 299, counted 300/],
  ["UPDATE totals SET senders = 8", ["totals"], /senders: kept 8, counted 7/],
  ["DELETE FROM totals", ["totals"], /messages: kept none, counted 300/],
  ["UPDATE parties SET sent = sent + 1 WHERE name = '+2'", [SENT], /party \+2: kept 44, counted 43/],
  ["UPDATE parties SET received = 0 WHERE name = '+3'", [RECEIVED], /party \+3: kept 0, counted 75/],
  ["DELETE FROM parties WHERE name = '+6'", [SENT], /party number \d+: kept 0, counted 42/],
  [
    "UPDATE periods SET messages = 0 WHERE width = 86400 AND start > 0",
    ["messages of each day"],
    /2025-01-10T00:00Z: kept 0, counted 50/,
  ],
  [
    "DELETE FROM periods WHERE width = 3600 AND start < 0",
    ["messages of each hour"],
    /1969-01-10T00:00Z: kept 0, counted 10/,
  ],
  [
    "INSERT INTO periods VALUES (60, 60, 7)",
    ["messages of each minute"],
    /1970-01-01T00:01Z: kept 7, counted 0/,
  ],
  [
    "UPDATE periods SET start = start + 1 WHERE width = 86400 AND start > 0",
    ["messages of each day"],
    /kept 50, counted 0/,
  ],
  [
    "UPDATE party_hours SET sent = sent + 1 WHERE start = (SELECT max(start) FROM party_hours)",
    [`${SENT}, by the hour`],
    /party \+\d at 2025-01-12T04:00Z: kept \d+, counted \d+/,
  ],
  [
    "DELETE FROM party_hours WHERE party = (SELECT id FROM parties WHERE name = '+0') AND start < 0",
    [`${SENT}, by the hour`, `${RECEIVED}, by the hour`],
    /party \+0 at 1969-01-10T00:00Z: kept 0, counted \d/,
  ],
  [
    "UPDATE short_needles SET messages = messages + 1 WHERE part = 1 AND needle = 'h'",
    [SHORT],
    /texts of part 1 with one or two characters: kept (\d+), counted/,
  ],
  ["DELETE FROM short_needles WHERE part = 1", [SHORT], /texts of part 1 .*: kept none, counted/],
  ["UPDATE parts SET earliest = earliest + 1 WHERE part = 2", [PARTS], /earliest second of part 2: kept -/],
  ["UPDATE parts SET latest = latest - 60 WHERE part = 1", [PARTS], /latest second of part 1: kept 1/],
  ["UPDATE parts SET tidy = 1 WHERE part = 3", [PARTS], /part 3 is said to be merged, and is not full/],
  [
    "UPDATE parts SET first_id = 102 WHERE part = 2",
    [PARTS, TRIGRAMS],
    /no part before part 2: kept 0, counted 1/,
  ],
  ["DELETE FROM parts WHERE part = 3", [PARTS], /messages in no part behind the last: kept 0, counted 60/],
  ["DROP TABLE search_2_terms", [PARTS], /the table search_2_terms is missing/],
  ["DROP TABLE search_2_terms; DROP TABLE search_2", [PARTS, TRIGRAMS], /the table search_2 is missing/],
  [
    "UPDATE messages SET folded = NULL WHERE id = 2",
    ["texts folded for the search", TRIGRAMS, SHORT],
    /the folded text of message m2$/m,
  ],
  [
    "UPDATE messages SET folded = text WHERE id = 295",
    ["texts folded for the search"],
    /the folded text of message m295$/m,
  ],
  [
    "INSERT INTO search_1 (search_1, rowid, text) VALUES ('delete', 1, 'hel')",
    [TRIGRAMS],
    /part 1, a trigram of text, messages \(message m1 lacks it\): kept 14, counted 15/,
  ],
  [
    "INSERT INTO search_3 (rowid, text) VALUES (260, 'only here')",
    [TRIGRAMS],
    /part 3, a trigram of text, messages \(message m260 should not have it\): kept 1, counted 0/,
  ],
  [
    `${TAKE_OUT_FIRST}; ${PUT_IN_FOR_SIXTH}`,
    [TRIGRAMS],
    /part 1, a trigram of text, messages \(message m1 lacks it\): kept 15, counted 15/,
  ],
  [
    "UPDATE watermark SET searchable = 301",
    ["how far the search index is", TRIGRAMS],
    /last message in it: kept 301, counted 300/,
  ],
  [
    "UPDATE watermark SET searchable = 270",
    [TRIGRAMS],
    /part 3, a trigram of text, messages \(message m26\d lacks it\)/,
  ],
  [
    "UPDATE conflicts SET message_id = 'm999'",
    ["conflicts and the messages that they refer to"],
    /there is no message m999/,
  ],
  [
    "UPDATE conflicts SET first_hash = later_hash",
    ["conflicts and the messages that they refer to"],
    /message m1 has another content/,
  ],
  [
    "DELETE FROM messages WHERE id = 280",
    [
      "totals",
      SENT,
      RECEIVED,
      "messages of each day",
      "messages of each hour",
      "messages of each minute",
      `${SENT}, by the hour`,
      `${RECEIVED}, by the hour`,
    ],
    /messages: kept 300, counted 299/,
  ],
  ["UPDATE watermark SET last_given = 299", ["numbers of messages"], /last number: kept 299, counted 300/],
  [ERASE_FIRST, ["ids of erased messages"], /message m1 is kept, and was erased/],
  ["DROP TABLE totals", ["totals", TRIGRAMS, SHORT], /it cannot be counted: no such table: totals/],
  [
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'ts_nanos, recipient', 'ts_nanos, text')",
    ["SQLite's own integrity check"],
    /row 1 missing from index messages_by_sender/,
  ],
];

test("each kind of figure that is wronged is told, by name and with both figures, and no other", async (t) => {
  const exact = makeCheckedFile(t);
  for (const [sql, checks, told] of WRONGED) {
    const path = join(tempFolder(t), "app.db");
    copyFileSync(exact, path);
    change(path, sql);
    const finished = await runCheck(path);
    assert.deepEqual(differing(finished), checks, `${sql}\n${finished.stdout}`);
    assert.match(finished.stdout, told, sql);
    assert.doesNotMatch(finished.stdout + finished.stderr, /hello|привет/i, "a text is told");
  }
});

test("ten differences of a check are told, and how many more there are", async (t) => {
  const path = makeCheckedFile(t);
  change(path, "UPDATE periods SET messages = messages + 1 WHERE width = 60");
  const { stdout } = await runCheck(path);
  const told = stdout.split("\n").filter((line) => line.startsWith("DIFFERS  messages of each minute: "));
  assert.equal(told.length, 11);
  assert.match(told[0] ?? "", /: 1969-01-10T00:00Z: kept \d+, counted \d+$/);
  assert.match(told[10] ?? "", /: and \d+ more$/);
});

test("what a stranger sent cannot steer the terminal", async (t) => {
  const path = makeCheckedFile(t);
  change(
    path,
    "UPDATE parties SET sent = 0, name = char(27, 91) || '31m' || char(10) || 'red' || char(155) WHERE id = 1",
  );
  const { stdout } = await runCheck(path);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.match(stdout, /party red ?: kept 0|party .*red.*: kept 0/);
});
