/** The order of arrival on PostgreSQL, with transactions that are held open where it hurts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../src/store/store.ts";
import { askDatabase } from "./support/ask-database.ts";
import { connect } from "./support/connect.ts";
import { differencesOf } from "./support/differences.ts";
import { eventually } from "./support/eventually.ts";
import { dumpOf } from "./support/postgres-dump.ts";
import { createPostgresDatabase, startServerFor } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";

/** As an append of another process does it, past the engine. */
function insertOf(id: string): string {
  return `INSERT INTO messages (ts_seconds, ts_nanos, ts_digits, message_id, sender, recipient, text, letters)
    VALUES (1736935200, 0, 0, '${id}', '+1', '+2', 'Hello', 'hello')`;
}

async function append(store: Store, ...ids: string[]): Promise<void> {
  for (const message_id of ids) await store.append([sampleMessage({ message_id })]);
}

async function now(store: Store): Promise<string> {
  return (await store.arrivals(null, 1)).next;
}

async function idsBehind(store: Store, place: string): Promise<string[]> {
  return (await store.arrivals(place, 1_000)).data.map(({ message }) => message.message_id);
}

async function arrived(store: Store, place: string, ids: readonly string[]): Promise<void> {
  await eventually(`${ids.join()} to arrive`, async () => {
    const found = await idsBehind(store, place);
    return found.join() === ids.join() || undefined;
  });
}

/** Looks again and again from the place where the last look ended; what came is in `seen`, in that order. */
async function look(store: Store, at: { place: string }, seen: string[]): Promise<void> {
  const { data, next } = await store.arrivals(at.place, 2);
  seen.push(...data.map(({ message }) => message.message_id));
  at.place = next;
}

for (const end of ["COMMIT", "ROLLBACK"] as const) {
  test(`what was stored later waits for a transaction that began before, until its ${end}`, async (t) => {
    const database = await createPostgresDatabase(t);
    const store = await database.open();
    const begin = await now(store);
    const [at, seen] = [{ place: begin }, [] as string[]];
    await append(store, "before");
    await arrived(store, begin, ["before"]);
    const slow = await connect(t, database);
    await slow.query(`BEGIN; ${insertOf("slow")}`);
    // Each gets a later number, and each is committed long before.
    await append(store, "z", "a");
    for (let looks = 0; looks < 5; looks += 1) await look(store, at, seen);
    assert.deepEqual(seen, ["before"]);
    const between = await now(store);
    await slow.query(end);
    const rest = end === "COMMIT" ? ["slow", "z", "a"] : ["z", "a"];
    await arrived(store, begin, ["before", ...rest]);
    for (let looks = 0; looks < 5; looks += 1) await look(store, at, seen);
    assert.deepEqual(seen, ["before", ...rest], "each once, in an order that does not change");
    assert.deepEqual(await idsBehind(store, between), rest, "a place that was given meanwhile misses none");
  });
}

test("a writer that has its lock and no number yet is waited for by what it may still get", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const begin = await now(store);
  const writer = await connect(t, database);
  await writer.query("BEGIN; LOCK TABLE messages IN ROW EXCLUSIVE MODE");
  await append(store, "a");
  await arrived(store, begin, ["a"]);
  const place = await now(store);
  await append(store, "b");
  await writer.query(insertOf("of the writer"));
  await append(store, "c");
  const cut = await idsBehind(store, place);
  assert.ok(cut.length === 0 || cut.join() === "b", cut.join());
  await writer.query("COMMIT");
  await arrived(store, place, ["b", "of the writer", "c"]);
});

test("a long transaction that stores no message holds nothing up, here or in another database", async (t) => {
  const [database, other] = [await createPostgresDatabase(t), await createPostgresDatabase(t)];
  const store = await database.open();
  const begin = await now(store);
  const [reader, far] = [await connect(t, database), await connect(t, other)];
  await reader.query(
    "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM messages; CREATE TABLE own ()",
  );
  await far.query("BEGIN; CREATE TABLE own ()");
  await append(store, "a", "b");
  await arrived(store, begin, ["a", "b"]);
});

test("two processes see one order, whichever of them was asked to store", async (t) => {
  const database = await createPostgresDatabase(t);
  const [one, other] = [await database.open(), await database.open()];
  const begin = await now(one);
  const ids = Array.from({ length: 60 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((id, index) => append(index % 2 === 0 ? one : other, id)));
  const places = await eventually("all of them", async () => {
    const { data } = await one.arrivals(begin, 1_000);
    return data.length === ids.length ? data : undefined;
  });
  assert.deepEqual((await other.arrivals(begin, 1_000)).data, places);
  assert.deepEqual(new Set(places.map(({ message }) => message.message_id)), new Set(ids));
});

test("an inbox that was brought to another server begins anew, and nothing that arrives there is lost", async (t) => {
  const source = await createPostgresDatabase(t);
  const store = await source.open();
  // So that its numbers are beyond those of the other server.
  await source.query(`
    CREATE TABLE own (n integer);
    DO $$ BEGIN FOR n IN 1..5000 LOOP BEGIN INSERT INTO own VALUES (n); EXCEPTION WHEN OTHERS THEN RAISE; END; END LOOP; END $$;
    DROP TABLE own`);
  const begin = await now(store);
  await append(store, "a", "b");
  await arrived(store, begin, ["a", "b"]);
  await store.close();

  const target = await createPostgresDatabase(t, await startServerFor(t));
  await askDatabase(target.url, await dumpOf(source.url));
  const moved = await target.open();
  assert.deepEqual(await target.query("SELECT FROM messages WHERE arrived IS NOT NULL"), []);
  await assert.rejects(moved.arrivals(begin, 10), /^AppError: the id is of another inbox/);
  const place = await now(moved);
  await append(moved, "c");
  await arrived(moved, place, ["c"]);
  assert.deepEqual(await differencesOf(target.url), []);

  await moved.close();
  const again = await target.open();
  await arrived(again, place, ["c"]);
});

test("an inbox that was copied within a server is another one; what arrived before keeps its place", async (t) => {
  const source = await createPostgresDatabase(t);
  const store = await source.open();
  const begin = await now(store);
  await append(store, "a");
  await arrived(store, begin, ["a"]);
  await store.close();
  const name = new URL(source.url).pathname.slice(1);
  const copy = await createPostgresDatabase(t, source.server, `TEMPLATE ${name}`);
  const copied = await copy.open();
  await assert.rejects(copied.arrivals(begin, 10), /of another inbox/);
  const [row] = await copy.query("SELECT count(*)::integer AS n FROM messages WHERE arrived IS NOT NULL");
  assert.deepEqual(row, { n: 1 });
  await arrived(await source.open(), begin, ["a"]);
});
