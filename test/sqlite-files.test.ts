/** What only the SQLite engine promises: of its file, its folder and its lock. */
import assert from "node:assert/strict";
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { post, request } from "./support/client.ts";
import { runProgram, startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase, readRows } from "./support/sqlite.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

/** Asserts that the engine will not open `path`, in one sentence that names it and holds each of the words. */
async function assertCannotOpen(path: string, ...words: readonly string[]): Promise<void> {
  await assert.rejects(
    openSqliteStore(path, storeOptions()).then((store) => store.close()),
    (error) => {
      assert.ok(error instanceof AppError, String(error));
      assert.equal(error.code, "cannot_start");
      for (const word of [path, ...words]) {
        assert.ok(error.message.includes(word), `${word} is not in: ${error.message}`);
      }
      return true;
    },
  );
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function userVersion(path: string): unknown {
  return readRows(path, "PRAGMA user_version")[0]?.["user_version"];
}

test("the folder is created, with those above it", async (t) => {
  const path = join(tempFolder(t), "not", "yet", "there", "app.db");
  const store = await openSqliteStore(path, storeOptions());
  await store.append([sampleMessage()]);
  await store.close();
  assert.equal(readRows(path, "SELECT * FROM messages").length, 1);
});

test("a closed store has folded everything back into its one file", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  await store.close();
  assert.deepEqual([existsSync(`${database.path}-wal`), existsSync(`${database.path}-shm`)], [false, false]);
});

test("a second store on the same file is refused by name, and the first goes on working", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  await assertCannotOpen(database.path, "in use", `pid ${process.pid}`);
  assert.deepEqual(await store.append([sampleMessage({ message_id: "m2" })]), ["created"]);
  await store.ready();
  assert.equal((await store.stats()).total_messages, 2);
  await assertCannotOpen(database.path, "in use");
});

test("a second store on the same file under another name, a symbolic link, is refused", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  const other = join(dirname(database.path), "other.db");
  symlinkSync(database.path, other);
  await assertCannotOpen(other, "in use");
  assert.deepEqual(await store.append([sampleMessage()]), ["duplicate"]);
});

test("a file that has two names is refused: two write-ahead logs would damage it", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  const other = join(dirname(database.path), "other.db");
  linkSync(database.path, other);
  await assertCannotOpen(other, "hard link");
});

test("a second process on the same file ends with code 2 and a line that names file and pid", async (t) => {
  const cwd = tempFolder(t);
  const path = join(cwd, "data", "app.db");
  const first = await startProgram(t, { cwd });
  const second = await runProgram(["serve"], { cwd, env: { PORT: "0", DATABASE_URL: `sqlite:///${path}` } });
  assert.equal(second.code, 2);
  assert.equal(
    second.stderr,
    `lyftr: ${path} is in use by another lyftr process (pid ${first.child.pid}); stop that one first\n`,
  );
  assert.equal((await post(first.url, sampleMessage())).status, 200);
  assert.equal((await request(`${first.url}/health/ready`)).status, 200);
});

test("a file is free again after its process was killed, and holds what was acknowledged", async (t) => {
  const cwd = tempFolder(t);
  for (let round = 0; round < 2; round += 1) {
    const program = await startProgram(t, { cwd });
    assert.equal((await post(program.url, sampleMessage({ message_id: `m${round}` }))).status, 200);
    await program.stop("SIGKILL");
  }
  const store = await openSqliteStore(join(cwd, "data", "app.db"), storeOptions());
  const { total_messages } = await store.stats();
  await store.close();
  assert.equal(total_messages, 2);
});

test("a process killed as soon as its file appears leaves a file that the next one takes", async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const cwd = tempFolder(t);
    const path = join(cwd, "data", "app.db");
    mkdirSync(dirname(path));
    const starting = startProgram(t, { cwd }).then(
      (program) => program.child,
      () => undefined,
    );
    await until("the file is there and claimed", () => existsSync(path) && lockHolder(path) !== undefined);
    process.kill(Number(lockHolder(path)), "SIGKILL");
    await starting;
    const store = await openSqliteStore(path, storeOptions());
    assert.deepEqual(await store.append([sampleMessage()]), ["created"]);
    await store.close();
  }
});

/** Undefined until the process that claims the file has written its name. */
function lockHolder(path: string): unknown {
  try {
    return readRows(`${path}.lock`, "SELECT pid FROM holder")[0]?.["pid"];
  } catch {
    return undefined;
  }
}

test("a file with a newer schema is refused, saying so, and left as it is", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  await store.close();
  change(database.path, "PRAGMA user_version = 999");
  const before = readFileSync(database.path);
  await assertCannotOpen(database.path, "schema 999", "newer lyftr");
  assert.ok(readFileSync(database.path).equals(before));
});

test("another program's database is refused by name and left byte for byte as it is", async (t) => {
  const path = join(tempFolder(t), "other.db");
  for (const sql of [
    "CREATE TABLE notes (text); INSERT INTO notes VALUES ('theirs')",
    "PRAGMA user_version = 1",
    "PRAGMA application_id = 42",
  ]) {
    change(path, sql);
    const before = readFileSync(path);
    await assertCannotOpen(path, "another program");
    assert.ok(readFileSync(path).equals(before), "its bytes were changed");
    assert.ok(!existsSync(`${path}-wal`));
  }
});

test("a file that is no database is refused by name and left byte for byte as it is", async (t) => {
  const path = join(tempFolder(t), "letter.txt");
  const letter = "Dear reader, this is no database.\n".repeat(200);
  writeFileSync(path, letter);
  await assertCannotOpen(path, "not a");
  assert.equal(readFileSync(path, "utf8"), letter);
});

test("an empty file is taken as a new one", async (t) => {
  const database = createSqliteDatabase(t);
  writeFileSync(database.path, "");
  const store = await database.open();
  assert.deepEqual(await store.append([sampleMessage()]), ["created"]);
});

test("a path that is a folder, or leads through a file, is refused by name", async (t) => {
  const folder = join(tempFolder(t), "folder");
  mkdirSync(folder);
  await assertCannotOpen(folder);
  assert.ok(statSync(folder).isDirectory());
  const file = join(folder, "file");
  writeFileSync(file, "");
  await assertCannotOpen(join(file, "app.db"));
});

/** Without those that a virtual table makes for itself, and takes with it. */
const OWN_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_%'";

test("a migration cut short leaves the version before and nothing of itself; once the cause is gone it runs", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  const tables = readRows(database.path, OWN_TABLES);
  // The file of a schema before the first, in which the first migration's last table meets one of that name.
  const last = "watermark";
  assert.ok(tables.length > 1);
  change(
    database.path,
    `${tables.map(({ name }) => `DROP TABLE ${String(name)};`).join("")}
     CREATE TABLE ${last} (in_the_way); PRAGMA user_version = 0`,
  );
  await assertCannotOpen(database.path, "already exists");
  assert.equal(userVersion(database.path), 0);
  assert.deepEqual(
    readRows(database.path, "SELECT name FROM sqlite_schema").map(({ name }) => name),
    [last],
  );

  change(database.path, `DROP TABLE ${last}`);
  const store = await database.open();
  assert.deepEqual(await store.append([sampleMessage()]), ["created"]);
});

test("conflicts are kept in the file: hashes of 32 bytes, what differs, times counted, and no text", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open(() => 1_700_000_000_000);
  const secret = "SECRET-TEXT-OF-A-CONFLICT";
  await store.append([sampleMessage()]);
  for (let times = 0; times < 3; times += 1) await store.append([sampleMessage({ text: secret, to: "+1" })]);
  await store.close();
  const rows = readRows(database.path, "SELECT * FROM conflicts");
  const [{ first_hash, later_hash, ...others } = {}] = rows;
  assert.equal(rows.length, 1);
  assert.deepEqual(others, {
    message_id: "m1",
    differs: "to,text",
    first_ms: 1_700_000_000_000,
    last_ms: 1_700_000_000_000,
    times: 3,
  });
  for (const hash of [first_hash, later_hash]) assert.equal((hash as Uint8Array).length, 32);
  assert.equal(readFileSync(database.path).includes(secret), false);
});

test("a file on which another program holds a lock is refused by name, with the reason", async (t) => {
  const database = createSqliteDatabase(t);
  await (await database.open()).close();
  const other = new DatabaseSync(database.path);
  t.after(() => other.close());
  other.exec("BEGIN EXCLUSIVE");
  await assertCannotOpen(database.path, "locked by another program");
});
