/** What is left of erased messages on PostgreSQL: dead rows, and what the planner knows. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import { allOf } from "./contract/database.ts";
import { holding } from "./contract/places.ts";
import { connect } from "./support/connect.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, type PostgresDatabase } from "./support/postgres.ts";
import { PROJECT } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";

const TABLES = ["messages", "conflicts", "uncounted", "parties", "party_hours"];

/** What every one of the messages holds, and no others do. */
const ERASED = { number: "+4917", other: "+4918", text: "private words" };

function privateMessages(members: Partial<Message> = {}): Message[] {
  return Array.from({ length: 30 }, (_, index) =>
    sampleMessage({
      message_id: `private ${index}`,
      from: ERASED.number,
      to: ERASED.other,
      text: ERASED.text,
      ts: `2025-01-15T10:00:${String(index).padStart(2, "0")}Z`,
      ...members,
    }),
  );
}

/** The columns of which the planner knows a value that holds one of the words. */
async function known(database: PostgresDatabase, words: readonly string[]): Promise<string[]> {
  const rows = await database.query(
    `SELECT tablename || '.' || attname AS name, concat(most_common_vals::text, histogram_bounds::text) AS values
     FROM pg_stats WHERE schemaname = 'public' ORDER BY name`,
  );
  const holds = (values: unknown): boolean => words.some((word) => String(values).includes(word));
  return rows.filter(({ values }) => holds(values)).map(({ name }) => String(name));
}

async function vacuums(database: PostgresDatabase): Promise<number> {
  const [row] = await database.query("SELECT pg_stat_get_vacuum_count('messages'::regclass)::integer AS n");
  return Number(row?.["n"]);
}

for (const [left, others] of [
  ["others are left", 30],
  ["no message is left", 0],
] as const) {
  test(`what is erased is in nothing that the planner knows, where ${left}`, async (t) => {
    const database = await createPostgresDatabase(t);
    const store = await database.open();
    // So that what waits to be counted is known to the planner, too.
    const counting = await connect(t, database);
    await counting.query("SELECT pg_advisory_lock(x'6c796674'::integer, 2)");
    await holding(store, [
      ...privateMessages(),
      ...Array.from({ length: others }, (_, index) => sampleMessage({ message_id: `other ${index}` })),
    ]);
    await store.append(privateMessages({ text: "changed" }));
    await database.query(`ANALYZE ${TABLES.join(", ")}`);
    const words = [ERASED.number, ERASED.other, ERASED.text, "private"];
    const before = await known(database, words);
    assert.ok(before.includes("uncounted.sender") && before.includes("conflicts.message_id"), before.join());
    await counting.query("SELECT pg_advisory_unlock_all()");
    await eventually("all is counted", async () => {
      return (await database.query("SELECT FROM uncounted")).length === 0 || undefined;
    });
    await database.query("ANALYZE parties, party_hours");
    const after = await known(database, words);
    assert.ok(after.includes("parties.name") && after.includes("party_hours.party"), after.join());
    await store.erase({ from: ERASED.number });
    assert.deepEqual(await known(database, words), []);
    assert.equal((await allOf(store)).length, others);
    for (const table of TABLES) {
      const rows = await database.query(`SELECT FROM ${table}`);
      assert.ok(rows.length === 0 || others > 0, table);
    }
  });
}

/** The files of the database that hold one of the words. */
async function filesHolding(database: PostgresDatabase, words: readonly string[]): Promise<string[]> {
  await database.query("CHECKPOINT");
  const [row] = await database.query(
    "SELECT current_setting('data_directory') AS top, oid FROM pg_database WHERE datname = current_database()",
  );
  const folder = join(String(row?.["top"]), "base", String(row?.["oid"]));
  return readdirSync(folder).filter((name) => {
    const bytes = readFileSync(join(folder, name));
    return words.some((word) => bytes.includes(word));
  });
}

test("what the operations guide has run in a maintenance window takes the last bytes out of the tables", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await holding(store, [...privateMessages(), sampleMessage()]);
  await store.append(privateMessages({ text: "changed" }));
  await database.query("ANALYZE");
  await store.erase({ from: ERASED.number });
  const words = [ERASED.number, ERASED.other, ERASED.text, "private "];
  assert.notDeepEqual(await filesHolding(database, words), []);
  const guide = readFileSync(join(PROJECT, "docs/operations.md"), "utf8");
  await database.query(/^VACUUM FULL .*$/m.exec(guide)?.[0] ?? "");
  assert.deepEqual(await filesHolding(database, words), []);
});

test("an erasure that nothing matches vacuums nothing, unless one before it was cut short", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await holding(store, [...privateMessages(), sampleMessage({ message_id: "a" }), sampleMessage()]);
  await store.erase({ from: "+1555" });
  assert.equal(await vacuums(database), 0, "nothing was ever erased");
  await store.erase({ from: ERASED.number });
  assert.equal(await vacuums(database), 1);
  await store.erase({ from: ERASED.number });
  await store.erase({ message_ids: ["nobody's"] });
  assert.equal(await vacuums(database), 1);
  // As a process does that is killed behind the last of its steps.
  await database.query("DELETE FROM messages WHERE message_id = 'a'");
  await store.erase({ message_ids: ["a"] });
  assert.equal(await vacuums(database), 2);
});

test("who still sees what was erased is told of, and it is removed once nobody does", async (t) => {
  const database = await createPostgresDatabase(t);
  await database.query("CREATE EXTENSION pgstattuple");
  const told: boolean[] = [];
  const store = await database.openWith({ onHeldUp: (isHeldUp) => void told.push(isHeldUp) });
  await holding(store, [...privateMessages(), sampleMessage()]);
  const dead = async (): Promise<unknown> => {
    const [row] = await database.query("SELECT dead_tuple_count::integer AS n FROM pgstattuple('messages')");
    return row?.["n"];
  };
  // It reads nothing at the moment, and would see what was there when it began to write.
  const older = await connect(t, database);
  await older.query("BEGIN; SELECT pg_current_xact_id()");
  assert.equal((await store.erase({ from: ERASED.number })).messages, 30);
  assert.deepEqual(told, [true]);
  assert.equal(await dead(), 30);
  await older.query("COMMIT");
  await eventually("it is removed", () => told.length > 1 || undefined);
  assert.deepEqual(told, [true, false]);
  assert.equal(await dead(), 0);
});

test("what is erased by age gives way to who asks for an erasure, and goes on behind it", async (t) => {
  const database = await createPostgresDatabase(t);
  const first = await database.open();
  const old = Array.from({ length: 6_000 }, (_, index) => sampleMessage({ message_id: `old ${index}` }));
  const recent = privateMessages({ ts: "2999-01-01T00:00:00Z" });
  await holding(first, [...old, ...recent]);
  const store = await database.openWith({ retentionDays: 1 });
  await eventually("some are gone", async () => (await store.stats()).total_messages < 6_030 || undefined);
  assert.equal((await store.erase({ from: ERASED.number })).messages, 30);
  const left = (await store.stats()).total_messages;
  assert.ok(left > 0, "it did not wait for all that is too old");
  assert.ok(left <= 5_000, "what was begun was finished");
  await eventually("the rest is gone", async () => (await store.stats()).total_messages === 0 || undefined);
});
