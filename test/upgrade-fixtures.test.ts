/**
 * A data folder of every schema that was ever released, each made by the program of its time and then killed: this program opens it,
 * and everything is there. fixtures/README.md says how one is made.
 */
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import { checkFile } from "../src/store/sqlite/check/checks.ts";
import { knownVersion, MAIN_SCHEMA } from "../src/store/sqlite/schema.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { allOf } from "./contract/database.ts";
import { Model } from "./support/model.ts";
import { PROJECT } from "./support/program.ts";
import { readRows } from "./support/sqlite.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

const FIXTURES = join(PROJECT, "test/fixtures");
const FOLDERS = readdirSync(FIXTURES).filter((name) => name.startsWith("sqlite-schema-"));

test("there is a data folder of every schema before this one", () => {
  const before = Array.from(
    { length: knownVersion(MAIN_SCHEMA) - 1 },
    (_, index) => `sqlite-schema-${index + 1}`,
  );
  assert.deepEqual(FOLDERS.toSorted(), before.toSorted());
});

for (const folder of FOLDERS) {
  test(`${folder} is opened as it was left, and every message, figure, search and conflict is there`, async (t) => {
    const messages = JSON.parse(readFileSync(join(FIXTURES, "messages.json"), "utf8")) as Message[];
    const model = new Model();
    for (const message of messages) model.append(message);
    const data = tempFolder(t);
    cpSync(join(FIXTURES, folder), data, { recursive: true });
    const path = join(data, "app.db");
    const store = await openSqliteStore(path, storeOptions());
    assert.deepEqual(await allOf(store), model.find());
    assert.deepEqual(await store.stats(), model.stats());
    for (const q of ["hello", "привет", "ΟΔΟΣ", "世界", "100% _", "é", "to"]) {
      const { data: found } = await store.find({ q }, { limit: 100, offset: 0, order: "asc" });
      assert.deepEqual(found, model.find({ q }), q);
    }
    assert.deepEqual(
      await store.append(messages),
      messages.map(() => "duplicate"),
    );
    await store.erase({ from: messages[0]?.from ?? "" });
    model.erase({ from: messages[0]?.from ?? "" });
    assert.deepEqual(await allOf(store), model.find());
    await store.close();
    const conflicts = readRows(path, "SELECT message_id, differs, times FROM conflicts ORDER BY message_id");
    assert.deepEqual(
      conflicts.map(({ message_id, differs, times }) => [message_id, differs, times]),
      [
        ["m1", "text", 1],
        ["m2", "to", 2],
        ["m41", "text", 1],
      ],
    );
    assert.deepEqual(
      [...checkFile(path)].flatMap(({ found }) => found?.differences ?? []),
      [],
    );
  });
}
