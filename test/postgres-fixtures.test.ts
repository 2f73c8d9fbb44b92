/** Inboxes that earlier versions left behind (test/fixtures/make-postgres.ts): this one opens each, and finds everything. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Message, Stats } from "../src/message.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import { allOf, EVERYTHING } from "./contract/database.ts";
import { differencesOf } from "./support/differences.ts";
import { Model } from "./support/model.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { PROJECT } from "./support/program.ts";
import { storeOptions } from "./support/store-options.ts";

const FOLDER = join(PROJECT, "test", "fixtures");
const NAMES = readdirSync(FOLDER).filter((name) => /^postgres-schema-\d+\.sql$/.test(name));
const QUESTIONS = [
  { q: "HELLO" },
  { q: "привет" },
  { q: "é" },
  { q: "100%_ \\ it's\nfine" },
  { from: "+3" },
  { from: "+1", to: "+1" },
  { to: "+4", q: "订单" },
];

/** What the service of that version answered. */
interface Told {
  readonly messages: { readonly data: readonly Message[]; readonly total: number };
  readonly stats: Stats;
  readonly conflicts: readonly {
    readonly message_id: string;
    readonly later: string;
    readonly first: string;
    readonly differs: string;
    readonly times: number;
  }[];
}

assert.ok(NAMES.length > 0);

for (const name of NAMES) {
  test(`everything in ${name} is there, and exact`, async (t) => {
    const told = JSON.parse(readFileSync(join(FOLDER, name.replace(/sql$/, "json")), "utf8")) as Told;
    const { data: messages } = told.messages;
    assert.ok(messages.length > 50 && messages.length === told.messages.total);
    const database = await createPostgresDatabase(t);
    await database.query(readFileSync(join(FOLDER, name), "utf8"));
    const waiting = await database.query("SELECT FROM uncounted");
    assert.ok(waiting.length > 0, "some wait to be counted");

    const store = await database.open();
    const [schema] = await database.query("SELECT version FROM lyftr_schema");
    assert.deepEqual(schema, { version: readSchema().version });
    assert.deepEqual(await allOf(store), messages);
    assert.deepEqual(await store.stats(), told.stats);
    const model = new Model();
    for (const message of messages) model.append(message);
    for (const asked of QUESTIONS) {
      const expected = model.find(asked);
      assert.ok(expected.length > 0, JSON.stringify(asked));
      assert.deepEqual((await store.find(asked, EVERYTHING)).data, expected, JSON.stringify(asked));
    }
    const kept = (await database.conflicts()).map(({ message_id, later, first, differs, times }) => ({
      message_id,
      later,
      first,
      differs: differs.join(),
      times,
    }));
    const byLater = (a: { later: string }, b: { later: string }): number => (a.later < b.later ? -1 : 1);
    assert.deepEqual(kept.toSorted(byLater), told.conflicts.toSorted(byLater));
    assert.deepEqual(await differencesOf(database.url), []);

    const again = await store.append(messages);
    assert.deepEqual(new Set(again), new Set(["duplicate"]));
    const [first, second] = messages as [Message, Message];
    assert.deepEqual(await store.append([{ ...first, text: "no such text" }]), ["conflict"]);
    await store.erase({ message_ids: [second.message_id] });
    assert.deepEqual(await store.append([second]), ["duplicate"]);
    assert.deepEqual(await differencesOf(database.url), []);

    const [, number = ""] = /(\d+)\.sql$/.exec(name) ?? [];
    const { version, migrations } = readSchema();
    const before = { version: Number(number), migrations: migrations.slice(0, Number(number)) };
    await assert.rejects(openPostgresStore(database.url, storeOptions(), before), ({ message }: Error) =>
      message.includes(`has schema ${version}, but this lyftr knows schemas up to ${number}: run a newer`),
    );
  });
}
