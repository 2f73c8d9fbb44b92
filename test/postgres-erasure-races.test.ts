/** Erasing on PostgreSQL: what others do at the same moment. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { appendBatch } from "../src/store/postgres/append.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { holding } from "./contract/places.ts";
import { connect } from "./support/connect.ts";
import { differencesOf } from "./support/differences.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, type PostgresDatabase } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";

const KNOWN = readSchema().version;
/** Of one statement, until the server keeps a plan for all values. */
const UNTIL_PLANNED = 8;

/** Makes every INSERT of a row with that id wait, in the midst of its statement, until the returned function is called. */
async function holdInserts(
  t: TestContext,
  database: PostgresDatabase,
  { table, id }: { table: "messages" | "conflicts"; id: string },
): Promise<() => Promise<void>> {
  await database.query(
    `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN NEW; END';
     CREATE TRIGGER hold BEFORE INSERT ON ${table} FOR EACH ROW WHEN (NEW.message_id = '${id}') EXECUTE FUNCTION hold()`,
  );
  const holder = await connect(t, database);
  await holder.query("SELECT pg_advisory_lock(77)");
  return async () => void (await holder.query("SELECT pg_advisory_unlock(77)"));
}

/** Until somebody waits for the lock of holdInserts. */
async function isHeld(database: PostgresDatabase): Promise<void> {
  await eventually("the statement is held", async () => {
    const rows = await database.query(
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted",
    );
    return rows.length > 0 || undefined;
  });
}

/** Until who erases has looked some times whether it may go on. */
async function isWaiting(database: PostgresDatabase, lookingAt: "pg_locks" | "backend_xmin"): Promise<void> {
  const looks = new Set<string>();
  await eventually(`who erases waits, looking at ${lookingAt}`, async () => {
    const rows = await database.query(
      `SELECT state_change::text AS at FROM pg_stat_activity WHERE application_name = 'lyftr erase' AND query LIKE $1`,
      [`%${lookingAt}%`],
    );
    for (const { at } of rows) looks.add(String(at));
    return looks.size > 5 || undefined;
  });
}

for (const [kind, before] of [
  ["planned for its values", 0],
  ["with a plan that is kept", UNTIL_PLANNED],
] as const) {
  test(`an append that began before an id was known as erased does not bring it back: one ${kind}`, async (t) => {
    const database = await createPostgresDatabase(t);
    const store = await database.open();
    const message = sampleMessage({ message_id: "m", from: "+1" });
    await holding(store, [message]);
    const letGo = await holdInserts(t, database, { table: "messages", id: "held" });
    const client = await connect(t, database);
    for (let index = 0; index < before; index += 1) {
      await appendBatch(client, [sampleMessage({ message_id: `before ${index}`, from: "+2" })], 0, KNOWN);
    }
    const held = sampleMessage({ message_id: "held", from: "+2" });
    const appending = appendBatch(client, [held, message], 0, KNOWN);
    await isHeld(database);
    const erasing = store.erase({ from: "+1" });
    await isWaiting(database, "pg_locks");
    assert.deepEqual(
      await store.get("m"),
      message,
      "it is not erased while one who does not know of it may meet it",
    );
    assert.deepEqual(await store.append([message]), ["duplicate"]);
    await letGo();
    assert.deepEqual(await appending, ["created", "duplicate"]);
    assert.deepEqual(await erasing, { messages: 1, conflicts: 0 });
    assert.equal(await store.get("m"), null);
    assert.deepEqual(await store.append([message, held]), ["duplicate", "duplicate"]);
    assert.deepEqual(await differencesOf(database.url), []);
  });
}

test("the record of a conflict that was met before its message was erased goes with it", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await holding(store, [sampleMessage({ message_id: "m" })]);
  const letGo = await holdInserts(t, database, { table: "conflicts", id: "m" });
  const appending = store.append([sampleMessage({ message_id: "m", text: "other" })]);
  await isHeld(database);
  const erasing = store.erase({ message_ids: ["m"] });
  await isWaiting(database, "pg_locks");
  await letGo();
  assert.deepEqual(await appending, ["conflict"]);
  assert.deepEqual(await erasing, { messages: 1, conflicts: 1 });
  assert.deepEqual(await database.conflicts(), []);
});

test("a conflict that is to be kept once its message is known as erased is not", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await holding(store, [sampleMessage({ message_id: "a" }), sampleMessage({ message_id: "b" })]);
  // Between the statement that found what is stored and the one that keeps the conflicts.
  const client = await connect(t, database);
  const query = client.query.bind(client);
  let erasedFirst = false;
  client.query = (async (...args: Parameters<typeof query>) => {
    if (!erasedFirst && JSON.stringify(args[0]).includes("INSERT INTO conflicts")) {
      erasedFirst = true;
      await store.erase({ message_ids: ["a"] });
    }
    return query(...args);
  }) as typeof client.query;
  const others = ["a", "b"].map((message_id) => sampleMessage({ message_id, text: "other" }));
  assert.deepEqual(await appendBatch(client, others, 0, KNOWN), ["conflict", "conflict"]);
  assert.deepEqual(
    (await database.conflicts()).map(({ message_id }) => message_id),
    ["b"],
  );
});

test("what is erased is vacuumed once nobody reads it any more", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await database.query("CREATE EXTENSION pgstattuple");
  await holding(
    store,
    Array.from({ length: 50 }, (_, index) =>
      sampleMessage({ message_id: `m${index}`, from: `+${index % 2}` }),
    ),
  );
  const reader = await connect(t, database);
  await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM messages");
  const erasing = store.erase({ from: "+1" });
  await isWaiting(database, "backend_xmin");
  await reader.query("COMMIT");
  await erasing;
  for (const table of ["messages", "parties", "party_hours"]) {
    const [row] = await database.query("SELECT dead_tuple_count::integer AS dead FROM pgstattuple($1)", [
      table,
    ]);
    assert.deepEqual(row, { dead: 0 }, table);
  }
  const [parties] = await database.query("SELECT count(*)::integer AS n FROM parties WHERE name = '+1'");
  assert.deepEqual(parties, { n: 0 });
});
