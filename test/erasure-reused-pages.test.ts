/**
 * Pages that an erasure frees, and an arrival takes before they are overwritten: of the last page of a long text SQLite writes what the
 * text fills, and leaves the rest as it was.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import type { Row } from "../src/store/sqlite/batch.ts";
import { openMain } from "../src/store/sqlite/connection.ts";
import { FreeSpace } from "../src/store/sqlite/free-space.ts";
import { Indexer } from "../src/store/sqlite/indexer.ts";
import { Slack } from "../src/store/sqlite/slack.ts";
import { bytesLeft, markOf, marksInFolder } from "./prove/marks.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase } from "./support/sqlite.ts";
import { tempFolder } from "./support/temp.ts";

/** In characters of four bytes: both need one page beside that of their row, and the shorter one less of it. */
const LONGER = 1_900;
const SHORTER = 1_100;
/** What interleaves is left to chance. */
const ROUNDS = 20;
const SENDERS = 3;

function textOf(mark: string, characters: number): string {
  return `${mark} ${"😀".repeat(characters)} ${mark}`;
}

test("an arrival that takes the page of an erased text in the main file keeps nothing of it", (t) => {
  const folder = tempFolder(t);
  const { database, close } = openMain(join(folder, "app.db"));
  const indexer = new Indexer(database);
  const add = (seq: number, characters: number): void => {
    const mark = markOf(seq);
    const row: Row = [mark, "+1", "+2", "2025-01-15T10:00:00Z", textOf(mark, characters)];
    indexer.apply([{ seq, messages: [row], conflicts: [] }]);
  };
  add(1, LONGER);
  const eraser = indexer.eraserOf({ message_ids: [markOf(1)] }, 0);
  while (!eraser.step().isDone);
  add(2, SHORTER);
  const freeSpace = new FreeSpace(database);
  while (!freeSpace.overwriteSome());
  const slack = new Slack(database);
  for (let step = slack.overwriteSome(true); step !== "done"; step = slack.overwriteSome(false));
  const marks = marksInFolder(folder);
  assert.ok(marks.has(markOf(2)));
  assert.deepEqual(bytesLeft(marks, [markOf(1)]), []);
  close();
  slack.close();
});

test("arrivals that take pages of erased texts meanwhile keep nothing of them, in either file", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  let serial = 0;
  const next = (characters: number): Message => {
    const mark = markOf((serial += 1));
    return sampleMessage({ message_id: mark, text: textOf(mark, characters) });
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const erased = next(LONGER);
    await store.append([erased]);
    const arrivals = { goOn: true };
    const sending = Array.from({ length: SENDERS }, async () => {
      while (arrivals.goOn) await store.append([next(SHORTER)]);
    });
    await store.erase({ message_ids: [erased.message_id] });
    arrivals.goOn = false;
    await Promise.all(sending);
    assert.deepEqual(
      bytesLeft(marksInFolder(dirname(database.path)), [erased.message_id]),
      [],
      `round ${round}`,
    );
  }
});
