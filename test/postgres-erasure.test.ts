/** Erasing on PostgreSQL: what ends it midway, and what goes on with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import type { Erased } from "../src/message.ts";
import { hashIn } from "../src/store/postgres/erased-ids.ts";
import { allOf } from "./contract/database.ts";
import { holding } from "./contract/places.ts";
import { connect } from "./support/connect.ts";
import { differencesOf } from "./support/differences.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";

test("an erasure that was not finished keeps its ids from coming again, is told by a check, and goes on", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const messages = ["a", "b", "c"].map((message_id) => sampleMessage({ message_id }));
  await holding(store, messages);
  await database.query(
    `INSERT INTO erased SELECT ${hashIn("message_id")}, 1 FROM messages WHERE message_id < 'c'`,
  );
  const others = ["a", "b", "c"].map((message_id) => sampleMessage({ message_id, text: "other" }));
  const same = ["duplicate", "duplicate", "duplicate"];
  assert.deepEqual(await store.append([...messages, ...others]), [
    ...same,
    "duplicate",
    "duplicate",
    "conflict",
  ]);
  assert.equal((await allOf(store)).length, 3);
  const told = await differencesOf(database.url);
  assert.match(told[0] ?? "", /message a is stored, and its id is known as erased: erase it again/);
  assert.equal(told.length, 2);
  // Whoever erases holds this; then they are about to go.
  const erasing = await connect(t, database);
  await erasing.query("SELECT pg_advisory_lock_shared(x'6c796674'::integer, 3)");
  assert.deepEqual(await differencesOf(database.url), []);
  await erasing.query("SELECT pg_advisory_unlock_all()");
  assert.deepEqual(await store.erase({ from: sampleMessage().from }), { messages: 3, conflicts: 1 });
  assert.deepEqual(await differencesOf(database.url), []);
  const days = await database.query("SELECT DISTINCT day > 20000 AS today FROM erased");
  assert.deepEqual(days, [{ today: true }], "from the day on which the last of it was erased");
});

test("an erasure that the server cannot begin is refused, and one that names nobody is a fault", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await holding(store, [sampleMessage()]);
  await assert.rejects(store.erase({}), (error) => error instanceof AppError && error.code === "internal");
  assert.deepEqual(await store.erase({ from: "\u0000" }), { messages: 0, conflicts: 0 });
  assert.deepEqual(await store.erase({ message_ids: ["\ud800"] }), { messages: 0, conflicts: 0 });
  assert.equal((await allOf(store)).length, 1);
  await database.query("UPDATE lyftr_schema SET works_with = 999");
  await assert.rejects(
    store.erase({ message_ids: ["m1"] }),
    (error) =>
      error instanceof AppError && error.code === "unavailable" && /run a newer/.test(error.reason ?? ""),
  );
  await database.query("UPDATE lyftr_schema SET works_with = 1");
  assert.equal((await allOf(store)).length, 1);
});

test("of three that open at once one erases by age, and tells of all of it", async (t) => {
  const database = await createPostgresDatabase(t);
  const first = await database.open();
  const messages = Array.from({ length: 350 }, (_, index) => sampleMessage({ message_id: `m${index}` }));
  await holding(first, messages);
  await first.append([sampleMessage({ message_id: "m1", text: "other" })]);
  const told: Erased[] = [];
  const options = { retentionDays: 1, onExpired: (erased: Erased) => void told.push(erased) };
  await Promise.all([1, 2, 3].map(() => database.openWith(options)));
  await eventually("it is told", () => told.length > 0 || undefined);
  assert.deepEqual(told, [{ messages: 350, conflicts: 1 }]);
  assert.deepEqual(await allOf(first), []);
  assert.deepEqual(await differencesOf(database.url), []);
});

test("a store that closes ends its erasure soon, and another goes on with it", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const messages = Array.from({ length: 20_000 }, (_, index) => sampleMessage({ message_id: `m${index}` }));
  await holding(store, messages);
  const erasing = store.erase({ from: sampleMessage().from });
  const ended = erasing.then(
    () => "done",
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
  await eventually("some are erased", async () => (await store.stats()).total_messages < 20_000 || undefined);
  await store.close();
  assert.equal(await ended, "unavailable");
  const next = await database.open();
  const left = (await next.stats()).total_messages;
  assert.ok(left > 0);
  assert.deepEqual(
    await differencesOf(database.url).then((told) => told.filter((each) => !/erase it again/.test(each))),
    [],
  );
  assert.equal((await next.erase({ from: sampleMessage().from })).messages, left);
  assert.deepEqual(await next.append(messages.slice(0, 1)), ["duplicate"]);
  assert.deepEqual(await differencesOf(database.url), []);
});
