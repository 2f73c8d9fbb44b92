/** The database away, read-only, out of connections or slow: no acknowledgement, and no restart once it is back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { AppError } from "../src/errors.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import type { Store } from "../src/store/store.ts";
import { assertUnavailable, EVERYTHING } from "./contract/database.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, type PostgresDatabase, startServerFor } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

const FORGIVING = { onFailure: (): void => undefined };

async function reasonOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(error instanceof AppError && error.code === "unavailable", String(error));
  return error.reason ?? error.message;
}

function backToWork(store: Store, message_id: string): Promise<unknown> {
  return eventually("messages are taken again", () =>
    store.append([sampleMessage({ message_id })]).then(
      (results) => results[0],
      () => undefined,
    ),
  );
}

async function setReadOnly(database: PostgresDatabase, value: "on" | "off"): Promise<void> {
  await database.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
  await database.query("SELECT pg_reload_conf()");
}

test("a database that becomes read-only takes no message and is not ready, but is read; then it goes on", async (t) => {
  const server = await startServerFor(t);
  const database = await createPostgresDatabase(t, server);
  const store = await database.openWith(FORGIVING);
  await store.append([sampleMessage()]);
  await setReadOnly(database, "on");
  await eventually("appends are refused", () =>
    store.append([sampleMessage({ message_id: "m2" })]).then(
      () => undefined,
      () => true,
    ),
  );
  assert.match(await reasonOf(store.append([sampleMessage({ message_id: "m2" })])), /read-only/);
  await assertUnavailable(store.ready());
  assert.equal((await store.find({}, EVERYTHING)).data.length >= 1, true);
  assert.deepEqual(await store.get("m1"), sampleMessage());
  await setReadOnly(database, "off");
  await backToWork(store, "m3");
  await store.ready();
});

test("connections that were cut cost at most one call each", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.openWith(FORGIVING);
  await store.append([sampleMessage()]);
  await store.stats();
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await backToWork(store, "m2");
  assert.equal(
    (await eventually("reads go on", () => store.stats().catch(() => undefined))).total_messages,
    2,
  );
});

test("a server without a connection left refuses messages, and takes them once it has one", async (t) => {
  const database = await createPostgresDatabase(t, await startServerFor(t));
  // Some connections are kept for superusers, so this is to be told of somebody else.
  await database.query("CREATE ROLE app LOGIN PASSWORD 'app'");
  const [{ name } = {}] = await database.query("SELECT current_database() AS name");
  await database.query(`ALTER DATABASE ${String(name)} OWNER TO app`);
  const url = database.url.replace(/\/\/[^@]*@/, "//app:app@");
  const store = await openPostgresStore(url, { ...storeOptions(), ...FORGIVING });
  t.after(() => store.close());
  await store.append([sampleMessage()]);

  const crowd: Client[] = [];
  const fill = async (): Promise<void> => {
    for (;;) {
      const client = new Client({ connectionString: url });
      client.on("error", () => undefined);
      try {
        await client.connect();
      } catch {
        return;
      }
      crowd.push(client);
    }
  };
  const leave = (): Promise<unknown> => Promise.all(crowd.splice(0).map((client) => client.end()));
  t.after(leave);
  await fill();
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lyftr%'",
  );
  await fill();
  const reason = await eventually("messages are refused for it", () =>
    reasonOf(store.append([sampleMessage({ message_id: "m2" })])).then((said) =>
      said.includes("raise max_connections") ? said : undefined,
    ),
  );
  assert.match(reason, /connection slots|too many clients/);
  await assertUnavailable(store.ready());
  await leave();
  await backToWork(store, "m3");
  await store.ready();
});

test("a read that takes too long is stopped, told what would narrow it, and holds up nobody else", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.openWith({ ...FORGIVING, readTimeoutMs: 100 });
  await store.append([sampleMessage()]);
  const other = new Client({ connectionString: database.url });
  await other.connect();
  t.after(() => other.end());
  // Whoever reads the table waits for this lock.
  await other.query("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE");
  await assert.rejects(
    store.find({ q: "hello" }, EVERYTHING),
    (error) =>
      error instanceof AppError &&
      error.code === "read_timeout" &&
      error.message ===
        "the read was stopped after 100 ms; narrow it with since and until, or with from or to",
  );
  await assert.rejects(
    store.get("m1"),
    (error) => error instanceof AppError && error.code === "read_timeout",
  );
  await other.query("ROLLBACK");
  assert.deepEqual(await store.get("m1"), sampleMessage());
});

test("a read of several statements is stopped when its own time is over, though each of them is in time", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.openWith({ ...FORGIVING, readTimeoutMs: 1_000 });
  await store.append([sampleMessage()]);
  const inTime = await store.stats();
  // Two of the statements of the figures read messages: each of these takes more than half of the time, and neither all of it.
  await database.query("ALTER TABLE messages RENAME TO messages_kept");
  await database.query(
    "CREATE VIEW messages AS SELECT messages_kept.* FROM messages_kept, (SELECT pg_sleep(0.6)) AS slowly",
  );
  await assert.rejects(
    store.stats(),
    (error) =>
      error instanceof AppError &&
      error.code === "read_timeout" &&
      error.message.startsWith("the read was stopped after 1000 ms"),
  );
  assert.deepEqual(await store.get("m1"), sampleMessage(), "one statement has all of the time again");
  await database.query("DROP VIEW messages");
  await database.query("ALTER TABLE messages_kept RENAME TO messages");
  assert.deepEqual(await store.stats(), inTime);
});

test("a commit that stopped waiting for its synchronous standby is not acknowledged", async (t) => {
  const server = await startServerFor(t);
  const database = await createPostgresDatabase(t, server);
  const store = await database.openWith(FORGIVING);
  await store.append([sampleMessage()]);
  await database.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await database.query("SELECT pg_reload_conf()");
  const cancel = (query: string): Promise<readonly unknown[]> =>
    database.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%${query}%'`,
    );
  // The server takes the setting up some time after it was told to.
  await eventually("commits wait", async () => {
    const state = { isCommitted: false };
    const probe = database.query("SELECT pg_logical_emit_message(true, 'probe', '')");
    const ended = probe.finally(() => (state.isCommitted = true));
    let held = 0;
    while (!state.isCommitted) held += (await cancel("probe")).length;
    await ended;
    return held > 0 || undefined;
  });
  const cancelWaiting = (): Promise<unknown> =>
    eventually("the commit waits", async () => (await cancel("INTO messages")).length > 0 || undefined);
  const waiting = reasonOf(store.append([sampleMessage({ message_id: "m2" })]));
  await cancelWaiting();
  assert.match(await waiting, /standby|replication/);

  // It is there by now, on this server alone: to say so would be to acknowledge it.
  const again = reasonOf(store.append([sampleMessage({ message_id: "m2" })]));
  await cancelWaiting();
  assert.match(await again, /standby|replication/);

  const third = store.append([sampleMessage({ message_id: "m2" })]);
  await database.query("ALTER SYSTEM SET synchronous_standby_names = ''");
  await database.query("SELECT pg_reload_conf()");
  assert.deepEqual(await third, ["duplicate"]);
});

test("what the server refuses for a row's own sake is refused alone, and its neighbours are stored", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  await database.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.text = 'bad' THEN RAISE SQLSTATE '22000' USING MESSAGE = 'bad'; END IF; RETURN NEW; END $$`);
  await database.query(
    "CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()",
  );
  const batch = Array.from({ length: 7 }, (_, index) =>
    sampleMessage({ message_id: `m${index}`, text: index % 3 === 1 ? "bad" : "good" }),
  );
  const told = ["created", "refused", "created", "created", "refused", "created", "created"];
  assert.deepEqual(await store.append(batch), told);
  assert.equal((await store.stats()).total_messages, 5);
});

test("U+0000 and lone surrogates are refused alone, and asked for they are nowhere", async (t) => {
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const odd = ["a\0b", "a\ud800b"];
  for (const text of odd) {
    const bad = [{ text }, { from: text }, { to: text }, { message_id: text }].map((some) =>
      sampleMessage(some),
    );
    const results = await store.append([...bad, sampleMessage({ message_id: `after ${odd.indexOf(text)}` })]);
    assert.deepEqual(results, ["refused", "refused", "refused", "refused", "created"]);
    assert.equal(await store.get(text), null);
    for (const filter of [{ q: text }, { from: text }, { to: text }]) {
      assert.deepEqual(await store.find(filter, EVERYTHING), { data: [], total: 0, next: null });
    }
  }
});
