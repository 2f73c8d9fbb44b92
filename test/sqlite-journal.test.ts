/** What is particular to this engine: what was acknowledged lies in the journal until it is in the main file. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import { encode } from "../src/store/sqlite/batch.ts";
import { RESERVE_BYTES_MIN } from "../src/store/sqlite/disk-room.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { EVERYTHING } from "./contract/database.ts";
import { post, request } from "./support/client.ts";
import { startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase, readRows } from "./support/sqlite.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

/** Writes batches into a journal past the engine, as a process leaves them that was killed before it indexed them. */
function journalPast(path: string, batches: number, messagesEach: number, text = "Hello"): void {
  const journal = new DatabaseSync(`${path}.journal`);
  const insert = journal.prepare("INSERT INTO batches VALUES (?, ?, NULL)");
  const { last } = journal.prepare("SELECT seq AS last FROM trimmed").get() as { last: number };
  journal.exec("BEGIN");
  for (let batch = 1; batch <= batches; batch += 1) {
    const messages = Array.from({ length: messagesEach }, (_, index) =>
      encode(sampleMessage({ message_id: `${batch}-${index}`, text })),
    );
    insert.run(last + batch, `[${messages.join(",")}]`);
  }
  journal.exec("COMMIT");
  journal.close();
}

function isStartFailure(...words: readonly string[]): (error: unknown) => boolean {
  return (error) =>
    error instanceof AppError &&
    error.code === "cannot_start" &&
    words.every((word) => error.message.includes(word));
}

test("a long journal is replayed at start: ready tells the progress until then, and reads wait for it", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  const [batches, messagesEach] = [1_000, 20];
  journalPast(database.path, batches, messagesEach);

  const store = await database.open();
  await assert.rejects(store.ready(), /replaying the journal: at batch \d+ of \d+/);
  const page = await store.find({}, { ...EVERYTHING, limit: 1 });
  assert.equal(page.total, batches * messagesEach);
  await store.ready();
  assert.deepEqual(await store.append([sampleMessage({ message_id: "7-7" })]), ["duplicate"]);
});

test("a stop in the middle of a replay loses nothing: the next start goes on", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  journalPast(database.path, 1_000, 20);
  await (await database.open()).close();
  const store = await database.open();
  assert.equal((await store.stats()).total_messages, 20_000);
});

test("after a clean stop the journal is empty, and the main file alone is all there is", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage(), sampleMessage({ message_id: "m2" })]);
  await store.close();
  assert.deepEqual(readRows(`${database.path}.journal`, "SELECT * FROM batches"), []);

  const copy = join(tempFolder(t), "copy.db");
  copyFileSync(database.path, copy);
  const restored = await openSqliteStore(copy, storeOptions());
  assert.equal((await restored.stats()).total_messages, 2);
  await restored.close();
});

test("a journal that is missing after a kill is told by name with what to do; an empty one accepts the loss", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd });
  assert.equal((await post(program.url, sampleMessage())).status, 200);
  await program.stop("SIGKILL");
  const path = join(cwd, "data", "app.db");
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}.journal${suffix}`, { force: true });

  await assert.rejects(
    openSqliteStore(path, storeOptions()),
    isStartFailure(`${path}.journal`, "put it back"),
  );
  assert.equal(existsSync(`${path}.journal`), false);
  writeFileSync(`${path}.journal`, "");
  await (await openSqliteStore(path, storeOptions())).close();
});

test("a main file older than its journal is told by name: what lies between is in neither", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  const older = join(tempFolder(t), "older.db");
  copyFileSync(database.path, older);
  const store = await database.open();
  await store.append([sampleMessage()]);
  await store.close();
  copyFileSync(older, database.path);
  await assert.rejects(
    database.open(),
    isStartFailure(database.path, "older than", `${database.path}.journal`),
  );
});

test("a damaged journal is told by name, and is not reset", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  writeFileSync(
    `${database.path}.journal`,
    "this is no database, and long enough to be told from an empty file",
  );
  await assert.rejects(database.open(), isStartFailure(`${database.path}.journal`, "not a SQLite database"));
  const other = createSqliteDatabase(t);
  await (await other.open()).close();
  copyFileSync(other.path, `${other.path}.journal`);
  await assert.rejects(other.open(), isStartFailure(`${other.path}.journal`, "another program"));
});

test("a disk that fills up turns messages away before it is full: reads go on, and messages too once there is room", async (t) => {
  let free = Number.MAX_SAFE_INTEGER;
  let nowMs = 0;
  // The disk is asked again when time has passed.
  const now = (): number => (nowMs += 1_000);
  const store = await openSqliteStore(join(tempFolder(t), "app.db"), storeOptions(now), () => free);
  t.after(() => store.close());
  await store.append([sampleMessage()]);
  free = RESERVE_BYTES_MIN - 1;
  const nearlyFull = (error: unknown): boolean =>
    error instanceof AppError && error.code === "unavailable" && /nearly full/.test(error.reason ?? "");
  await assert.rejects(store.append([sampleMessage({ message_id: "m2" })]), nearlyFull);
  await assert.rejects(store.ready(), nearlyFull);
  assert.equal((await store.stats()).total_messages, 1);
  free = RESERVE_BYTES_MIN * 2;
  assert.deepEqual(await store.append([sampleMessage({ message_id: "m2" })]), ["created"]);
  await store.ready();
});

test("a link to a file that is not there yet and the file itself are one store: the second is refused", async (t) => {
  const folder = tempFolder(t);
  const [link, file] = [join(folder, "link.db"), join(folder, "file.db")];
  symlinkSync(file, link);
  const store = await openSqliteStore(link, storeOptions());
  t.after(() => store.close());
  await assert.rejects(openSqliteStore(file, storeOptions()), isStartFailure(file, "in use"));
  assert.deepEqual(await store.append([sampleMessage()]), ["created"]);
  assert.ok(existsSync(`${file}.journal`));
});

test("a backlog of the longest texts is replayed in parts that fit the memory", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  const text = "ж".repeat(4_096);
  const [batches, messagesEach] = [20, 500];
  journalPast(database.path, batches, messagesEach, text);
  const store = await database.open();
  // 80 MB of characters, of which a part holds 16 MiB: the watermark is seen on its way.
  const places = new Set<string>();
  const look = (error: unknown): boolean => {
    places.add(String(error));
    return true;
  };
  for (let replaying = true; replaying;) {
    replaying = await store.ready().then(() => false, look);
    await new Promise(setImmediate);
  }
  assert.ok(places.size >= 2, [...places].join("\n"));
  assert.equal((await store.stats()).total_messages, batches * messagesEach);
});

test("a stop does not wait for the reads that wait: only for those that a moment answers", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  journalPast(database.path, 200, 100, "x".repeat(1_000));
  const store = await database.open();
  await store.stats();
  // Every text is a hit, and each read asks otherwise: nothing that is remembered of one answers another.
  const reads = Array.from({ length: 900 }, (_, index) =>
    store.find({ q: "xxx", since: { seconds: index, nanos: 0 } }, { ...EVERYTHING, limit: 1 }),
  );
  const outcomes = Promise.allSettled(reads);
  await store.close();
  const refused = (await outcomes).filter(({ status }) => status === "rejected");
  assert.ok(refused.length > 0);
});

test("what is acknowledged is seen by every read that begins after it, one by one and under load", async (t) => {
  const { url } = await startProgram(t, { cwd: tempFolder(t) });
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let index = 0; index < 25; index += 1) {
      const id = `${writer}-${index}`;
      assert.equal((await post(url, sampleMessage({ message_id: id }))).status, 200);
      assert.equal((await request(`${url}/messages/${id}`)).status, 200);
    }
  });
  await Promise.all(writers);
});
