import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase, readRows } from "./support/sqlite.ts";

test("after a stop the main file alone holds everything, also when another program has it open", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  const other = new DatabaseSync(database.path, { readOnly: true });
  t.after(() => other.close());
  other.prepare("SELECT count(*) FROM messages").get();
  await store.close();
  const copy = `${database.path}.copy`;
  copyFileSync(database.path, copy);
  assert.equal(readRows(copy, "SELECT * FROM messages").length, 1);
});
