/** `lyftr check` on what it cannot check: a sentence that names the file and says what to do, and nothing is changed. */
import assert from "node:assert/strict";
import { linkSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { bytesIn, change, differing, makeCheckedFile, runCheck } from "./support/checked.ts";
import { runProgram } from "./support/program.ts";
import { tempFolder } from "./support/temp.ts";

/** Asserts that nothing is checked, in one sentence that names the file and holds each of the words. */
async function assertRefused(path: string, code: number, ...words: readonly string[]): Promise<void> {
  const before = bytesIn(dirname(path));
  const finished = await runCheck(path);
  assert.deepEqual([finished.code, finished.stdout], [code, ""], finished.stderr);
  for (const word of [path, ...words])
    assert.ok(finished.stderr.includes(word), `${word}: ${finished.stderr}`);
  assert.doesNotMatch(finished.stderr, /^\s+at /m, "a sentence, not a stack");
  assert.deepEqual(bytesIn(dirname(path)), before);
}

test("a file that is not there is not made", async (t) => {
  await assertRefused(join(tempFolder(t), "app.db"), 2, "DATABASE_URL");
});

test("a folder, or what leads through a file, is no file", async (t) => {
  const path = makeCheckedFile(t);
  const { code, stderr } = await runCheck(dirname(path));
  assert.equal(code, 2, stderr);
  assert.match(stderr, /no file/);
  const env = { DATABASE_URL: `sqlite:///${path}/app.db` };
  const finished = await runProgram(["check"], { cwd: dirname(path), env });
  assert.equal(finished.code, 2, finished.stderr);
});

test("another program's database, and a file that is no database, are refused", async (t) => {
  const foreign = join(tempFolder(t), "other.db");
  change(foreign, "CREATE TABLE notes (text)");
  await assertRefused(foreign, 2, "another program");
  const letter = join(tempFolder(t), "letter.txt");
  writeFileSync(letter, "Dear reader, this is no database.\n".repeat(200));
  await assertRefused(letter, 2, "not a SQLite database");
  const stump = join(tempFolder(t), "stump.db");
  writeFileSync(stump, readFileSync(foreign).subarray(0, 300));
  await assertRefused(stump, 2, "cut short");
});

test("a newer schema asks for a newer program, an older one and an empty file for a start", async (t) => {
  const path = makeCheckedFile(t);
  change(path, "PRAGMA user_version = 999");
  await assertRefused(path, 2, "schema 999", "newer lyftr");
  change(path, "PRAGMA user_version = 0");
  await assertRefused(path, 2, "schema 0", "start the service");
  const empty = join(tempFolder(t), "empty.db");
  writeFileSync(empty, "");
  await assertRefused(empty, 2, "start the service");
});

test("a file with a second name is refused: what is in the other's write-ahead log would not be seen", async (t) => {
  const path = makeCheckedFile(t);
  linkSync(path, join(dirname(path), "second.db"));
  await assertRefused(path, 2, "hard link");
});

test("a write-ahead log without its index is not given one", async (t) => {
  const path = makeCheckedFile(t);
  writeFileSync(`${path}-wal`, "");
  await assertRefused(path, 3, "-shm", "start the service");
});

test("wrong settings exit 2 by name", async (t) => {
  for (const url of ["mysql://host/db", "sqlite:///"]) {
    const { code, stderr } = await runProgram(["check"], { cwd: tempFolder(t), env: { DATABASE_URL: url } });
    assert.equal(code, 2);
    assert.match(stderr, /DATABASE_URL/);
  }
});

test("a damaged file is told as such: whatever cannot be counted differs, and the rest is counted", async (t) => {
  const path = makeCheckedFile(t);
  const database = new DatabaseSync(path, { readOnly: true });
  const root = Number(
    database.prepare("SELECT rootpage AS n FROM sqlite_schema WHERE name = 'party_hours'").get()?.["n"],
  );
  database.close();
  const PAGE_BYTES = 4096;
  writeSync(openSync(path, "r+"), Buffer.alloc(PAGE_BYTES, 0xaa), 0, PAGE_BYTES, (root - 1) * PAGE_BYTES);
  const finished = await runCheck(path);
  const names = differing(finished);
  assert.equal(names[0], "SQLite's own integrity check", finished.stdout);
  assert.ok(names.includes("messages sent by each party, by the hour"));
  assert.match(finished.stdout, /by the hour: it cannot be counted: .*malformed/);
  assert.match(finished.stdout, /^ok {7}totals$/m);
});

test("a file cut off is told as damaged", async (t) => {
  const path = makeCheckedFile(t);
  truncateSync(path, 100_000);
  await assertRefused(path, 2, "damaged", "restore it from a backup");
});

test("the file that .env names is checked, under a name that would mean something in a URL", async (t) => {
  const made = makeCheckedFile(t);
  const cwd = join(tempFolder(t), "a b#c");
  mkdirSync(join(cwd, "100%?mode=rw"), { recursive: true });
  const path = join("100%?mode=rw", "app ü.db");
  writeFileSync(join(cwd, path), readFileSync(made));
  writeFileSync(join(cwd, ".env"), `DATABASE_URL="sqlite:///${path}"\n`);
  const finished = await runProgram(["check"], { cwd });
  assert.deepEqual(differing(finished), [], finished.stderr);
});
