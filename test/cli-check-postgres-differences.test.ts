/** `lyftr check` on PostgreSQL: each thing that is wrong is named, and no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashIn } from "../src/store/postgres/erased-ids.ts";
import { checkDatabase, copyOf, makeCheckedDatabase } from "./support/checked-postgres.ts";
import { differing } from "./support/checked.ts";

const INDEXES = "indexes, and what their tables hold";
const SENT = "messages sent by each party";
const RECEIVED = "messages received by each party";
const TEXTS = "texts folded for the search";
const CONFLICTS = "conflicts and the messages that they refer to";
const ERASED = "ids of erased messages, none of which is stored";
const SEARCH = "messages that the search index finds, by up to 24 trigrams of the texts";
const COUNTS = [
  "totals",
  SENT,
  RECEIVED,
  "messages of each day",
  "messages of each hour",
  "messages of each minute",
  `${SENT}, by the hour`,
  `${RECEIVED}, by the hour`,
];

/** A change that one index does not get to know. */
function unknownTo(index: string, sql: string): string {
  const ready = (is: boolean): string =>
    `UPDATE pg_index SET indisready = ${is} WHERE indexrelid = '${index}'::regclass`;
  return `${ready(false)}; ${sql}; ${ready(true)}`;
}

const WRONGED: readonly (readonly [sql: string, checks: readonly string[], told: RegExp])[] = [
  ["UPDATE totals SET messages = 239", ["totals"], /messages: kept 299, counted 300/],
  ["UPDATE totals SET senders = 8", ["totals"], /senders: kept 8, counted 7/],
  ["DELETE FROM totals", ["totals"], /messages: kept none, counted 300/],
  ["UPDATE parties SET sent = sent + 1 WHERE name = '+2'", [SENT], /party \+2: kept 44, counted 43/],
  ["UPDATE parties SET received = 0 WHERE name = '+3'", [RECEIVED], /party \+3: kept 15, counted 75/],
  ["DELETE FROM parties WHERE name = '+6'", ["totals", SENT], /party \+6: kept \d, counted 42/],
  [
    "UPDATE periods SET messages = 0 WHERE width = 86400 AND start > 0",
    ["messages of each day"],
    /2025-01-10T00:00Z: kept 10, counted 50/,
  ],
  [
    "DELETE FROM periods WHERE width = 3600 AND start < 0",
    ["messages of each hour"],
    /1969-01-10T00:00Z: kept \d, counted 10/,
  ],
  [
    "INSERT INTO periods VALUES (60, 60, 7)",
    ["messages of each minute"],
    /1970-01-01T00:01Z: kept 7, counted 0/,
  ],
  [
    "INSERT INTO periods VALUES (60, 900000000000060, 7)",
    ["messages of each minute"],
    /: 900000000000060: kept 7, counted 0/,
  ],
  [
    "UPDATE periods SET start = start + 1 WHERE width = 86400 AND start > 0",
    ["messages of each day"],
    /2025-01-10T00:00:01Z: kept 40, counted 0/,
  ],
  [
    "UPDATE party_hours SET sent = sent + 1 WHERE start = (SELECT max(start) FROM party_hours)",
    [`${SENT}, by the hour`],
    /party \+\d at 2025-01-12T04:00Z: kept \d+, counted \d+/,
  ],
  [
    "DELETE FROM party_hours WHERE party = '+0' AND start < 0",
    [`${SENT}, by the hour`, `${RECEIVED}, by the hour`],
    /party \+0 at 1969-01-10T00:00Z: kept \d, counted \d/,
  ],
  [
    "DELETE FROM uncounted WHERE ctid = (SELECT min(ctid) FROM uncounted)",
    COUNTS,
    /messages: kept 299, counted 300/,
  ],
  ["INSERT INTO uncounted VALUES (60, '+new', '+0')", COUNTS, /party \+new: kept 1, counted 0/],
  ["DELETE FROM messages WHERE message_id = 'm280'", COUNTS, /messages: kept 300, counted 299/],
  ["UPDATE messages SET folded = NULL WHERE message_id = 'm2'", [TEXTS], /the folded text of message m2$/m],
  [
    "UPDATE messages SET folded = text WHERE message_id = 'm295'",
    [TEXTS],
    /the folded text of message m295$/m,
  ],
  [
    "UPDATE messages SET letters = 'x' || letters WHERE message_id = 'm8'",
    [TEXTS],
    /the letters of message m8$/m,
  ],
  ["UPDATE messages SET letters = NULL WHERE message_id = 'm7'", [TEXTS], /the letters of message m7$/m],
  ["UPDATE conflicts SET message_id = 'm999'", [CONFLICTS], /there is no message m999/],
  ["UPDATE conflicts SET first_hash = later_hash", [CONFLICTS], /message m1 has another content/],
  [
    "UPDATE messages SET text = 'HELLO THERE' WHERE message_id = 'm1'",
    [CONFLICTS],
    /message m1 has another content/,
  ],
  [
    `INSERT INTO erased SELECT ${hashIn("message_id")}, 0 FROM messages WHERE message_id IN ('m9', 'm10')`,
    [ERASED],
    /message m10 is stored, and its id is known as erased: erase it again.*\n.*message m9 is stored/,
  ],
  ["UPDATE erasure SET outer_pad = inner_pad", [ERASED], /not hashed with the key that is kept/],
  ["DELETE FROM erasure", [ERASED], /the key that the ids of erased messages are hashed with is missing/],
  ["DROP INDEX messages_by_sender", [INDEXES], /the index messages_by_sender is missing, or not valid/],
  [
    "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'parties_by_sent'::regclass",
    [INDEXES],
    /the index parties_by_sent is missing, or not valid/,
  ],
  ["DROP INDEX messages_by_letters", [SEARCH], /the index messages_by_letters is missing, or not valid/],
  [
    unknownTo("messages_by_letters", "UPDATE messages SET letters = letters, ts_nanos = 1"),
    [CONFLICTS, SEARCH],
    /messages with trigram 1 of \d+: kept 0, counted \d+/,
  ],
  [
    unknownTo("messages_in_order", "UPDATE messages SET message_id = 'other' WHERE message_id = 'm9'"),
    [INDEXES],
    /rows in the index messages_in_order: kept 299, counted 300/,
  ],
  [
    // Its own collation tells an index how its entries follow each other: under another one, these do not.
    `CREATE EXTENSION amcheck; UPDATE messages SET message_id = 'B' WHERE message_id = 'm9';
     UPDATE messages SET message_id = 'a' WHERE message_id = 'm10';
     UPDATE pg_index SET indcollation = '100' WHERE indexrelid = 'messages_pkey'::regclass`,
    ["PostgreSQL's own check of its indexes (amcheck)"],
    /item order invariant violated for index "messages_pkey"/,
  ],
  ["DROP TABLE totals", [INDEXES, "totals"], /it cannot be counted: relation "totals" does not exist/],
  [
    "ALTER TABLE messages DROP COLUMN folded",
    [TEXTS],
    /it cannot be counted: column "folded" does not exist/,
  ],
];

test("each thing that is wronged is told, by name and with both figures, and no other", async (t) => {
  const exact = await makeCheckedDatabase(t);
  for (const [sql, checks, told] of WRONGED) {
    const database = await copyOf(t, exact);
    await database.query(sql);
    const finished = await checkDatabase(t, database);
    assert.deepEqual(differing(finished), checks, `${sql}\n${finished.stdout}`);
    assert.match(finished.stdout, told, sql);
    assert.doesNotMatch(finished.stdout + finished.stderr, /hello|привет/i, "a text is told");
  }
});
