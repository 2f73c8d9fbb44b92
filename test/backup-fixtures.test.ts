/** Backups that programs of older schemas made are restored by this one, and the next start brings them on. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import { exported, messagesIn, restore } from "./support/backup.ts";
import { INBOXES } from "./support/migrate.ts";
import { Model } from "./support/model.ts";
import { PROJECT } from "./support/program.ts";
import { tempFolder } from "./support/temp.ts";

const FIXTURES = join(PROJECT, "test/fixtures");
const BACKUPS = [
  { inbox: "SQLite", folder: "backup-sqlite-schema-1", messages: "messages.json", conflicts: 3 },
  {
    inbox: "PostgreSQL",
    folder: "backup-postgres-schema-1",
    messages: "postgres-schema-1.json",
    conflicts: 3,
  },
] as const;

/** Of a list, or of a page as the service answers it. */
function messagesOf(file: string): readonly Message[] {
  const told = JSON.parse(readFileSync(join(FIXTURES, file), "utf8")) as
    readonly Message[] | { readonly messages: { readonly data: readonly Message[] } };
  return "messages" in told ? told.messages.data : told;
}

for (const { inbox, folder, messages, conflicts } of BACKUPS) {
  test(`${folder} is restored, and everything in it is there and exact`, async (t) => {
    const target = await INBOXES[inbox](t);
    const copy = join(tempFolder(t), folder);
    cpSync(join(FIXTURES, folder), copy, { recursive: true });
    await restore(t, copy, target.url);
    const store = await target.open();
    const model = new Model();
    for (const message of messagesOf(messages)) model.append(message);
    assert.deepEqual(await store.stats(), model.stats());
    assert.deepEqual((await store.find({}, { limit: 1_000, offset: 0, order: "asc" })).data, model.find());
    await store.close();
    assert.deepEqual(messagesIn(await exported(t, target.url)), model.find());
    assert.equal((await target.conflicts()).length, conflicts);
    await target.assertExact();
  });
}
