import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { LOG_BYTES_MAX, logBound } from "../src/store/sqlite/log-bound.ts";
import { tempFolder } from "./support/temp.ts";

test("a log beyond its bound is folded back; one that a reader holds is tried again, but not at every call", (t) => {
  const path = join(tempFolder(t), "app.db");
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE kept (bytes)");
  const size = (): number => statSync(`${path}-wal`).size;
  let nowMs = 0;
  const bound = logBound(database, `${path}-wal`, () => nowMs);

  bound();
  assert.ok(size() > 0, "within its bound it is left alone");

  const reader = new DatabaseSync(path, { readOnly: true });
  t.after(() => reader.close());
  reader.exec("BEGIN; SELECT count(*) FROM kept");
  database.exec(`INSERT INTO kept VALUES (zeroblob(${LOG_BYTES_MAX}))`);
  bound();
  assert.ok(size() > LOG_BYTES_MAX);
  reader.exec("COMMIT");
  nowMs += 1_000;
  bound();
  assert.ok(size() > LOG_BYTES_MAX, "whoever waits for the indexer would wait at each of its steps");
  nowMs += 5_000;
  bound();
  assert.equal(size(), 0);
});
