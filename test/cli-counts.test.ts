/** What the command line counts, it names in the singular where it is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "../src/counted.ts";
import { runOn } from "./support/backup.ts";
import { INBOXES, runMigrate, verdict } from "./support/migrate.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

test("none and several are many, one is one", () => {
  assert.deepEqual(
    [0, 1, 2, 21].map((count) => counted(count, "message")),
    ["0 messages", "1 message", "2 messages", "21 messages"],
  );
  assert.equal(counted(3, "batch", "batches"), "3 batches");
});

test("an inbox with one message and one conflict, in the words of each command", async (t) => {
  const [source, target, moved] = [
    await INBOXES.SQLite(t),
    await INBOXES.SQLite(t),
    await INBOXES.PostgreSQL(t),
  ];
  const store = await source.open();
  await store.append([sampleMessage(), sampleMessage({ text: "other" })]);
  await store.close();
  const cwd = tempFolder(t);
  for (const [url, args, words] of [
    [source.url, ["backup", "one"], /^backed up: 1 message and 1 conflict, /],
    [target.url, ["restore", "one"], /^restored: 1 message and 1 conflict, /],
    [source.url, ["export", "--out", "all.ndjson"], /^exported: 1 message, in all\.ndjson$/m],
  ] as const) {
    const finished = await runOn(url, cwd, args);
    assert.equal(finished.code, 0, finished.stderr);
    assert.match(finished.stdout, words);
  }
  const migrated = await runMigrate(t, source.url, moved.url);
  assert.match(migrated.stdout, /^copied {4}1 message, 0 more there already$/m);
  assert.match(migrated.stdout, /^conflicts 1 record$/m);
  assert.match(verdict(migrated), /^done: .* has all 1 message of /);
  assert.match(migrated.stderr, /^copying, 0 of 1 message$/m);
});
