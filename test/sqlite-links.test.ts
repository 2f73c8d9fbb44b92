/** By whichever symbolic link a SQLite file is named, what belongs to it lies beside the file itself. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { backUp, restore } from "./support/backup.ts";
import { INBOXES } from "./support/migrate.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

/** A link through another one to a file that is not there yet. */
function danglingLink(folder: string): { path: string; link: string } {
  mkdirSync(join(folder, "real"));
  const [path, link, middle] = ["real/app.db", "link.db", "middle.db"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  symlinkSync(join("real", "app.db"), middle);
  symlinkSync("middle.db", link);
  return { path, link };
}

test("a link to a file that is not there yet makes that file, with its lock and journal beside it", async (t) => {
  const { path, link } = danglingLink(tempFolder(t));
  const store = await openSqliteStore(link, storeOptions());
  t.after(() => store.close());
  await assert.rejects(openSqliteStore(path, storeOptions()), { code: "cannot_start", message: /in use/ });
  assert.deepEqual(await store.append([sampleMessage()]), ["created"]);
  for (const beside of ["", ".lock", ".journal"]) assert.ok(existsSync(path + beside), beside);
  assert.ok(!existsSync(`${link}.lock`));
});

test("a restore to such a link puts the file where it leads", async (t) => {
  const source = await INBOXES.SQLite(t);
  const store = await source.open();
  await store.append([sampleMessage()]);
  await store.close();
  const { path, link } = danglingLink(tempFolder(t));
  await restore(t, await backUp(t, source.url), `sqlite:///${link}`);
  const restored = await openSqliteStore(path, storeOptions());
  t.after(() => restored.close());
  assert.equal((await restored.stats()).total_messages, 1);
});
