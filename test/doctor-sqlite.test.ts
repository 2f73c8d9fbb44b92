/** `lyftr doctor` of a SQLite file and its disk: nothing is written, and most of what can be wrong is made so. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { fileSystemFinding, mountOf } from "../src/store/sqlite/doctor/file-system.ts";
import { folderFindings } from "../src/store/sqlite/doctor/folder.ts";
import { finding as syncOf } from "../src/store/sqlite/doctor/sync.ts";
import { knownVersion, MAIN_SCHEMA } from "../src/store/sqlite/schema.ts";
import { assertFound, assertNothingFails, type Diagnosis, runDoctor } from "./support/doctor.ts";
import { post } from "./support/client.ts";
import { list } from "./support/listing.ts";
import { startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase } from "./support/sqlite.ts";
import { tempFolder } from "./support/temp.ts";

const KNOWN = knownVersion(MAIN_SCHEMA);

function diagnose(t: TestContext, path: string): Promise<Diagnosis> {
  return runDoctor(t, { DATABASE_URL: `sqlite:///${path}` });
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

/** A file with a message, of a service that was stopped. */
async function makeFile(t: TestContext): Promise<string> {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  await store.close();
  return database.path;
}

test("with no data yet it says what will be made and where, makes nothing, and measures the disk", async (t) => {
  const cwd = tempFolder(t);
  const diagnosis = await runDoctor(t, {}, cwd);
  assertFound(diagnosis, "data folder", "ok", /not there yet; it will be made in /);
  assertFound(diagnosis, "data file", "ok", /app\.db is not there yet/);
  assertNothingFails(diagnosis);
  assert.match(diagnosis.of("sync of the disk").says, /median [\d.]+ (?:µs|ms), worst .* of 32/);
  assertFound(diagnosis, "disk room", "ok", /^\d+ MiB are free/);
  assert.ok(diagnosis.findings.some(({ subject }) => subject === "umask"));
  assert.deepEqual(readdirSync(cwd), []);
});

test("a file that is well is told so, and everything is as it was: no file more, none changed", async (t) => {
  const path = await makeFile(t);
  const folder = dirname(path);
  const before = readdirSync(folder).toSorted();
  const diagnosis = await diagnose(t, path);
  assertNothingFails(diagnosis);
  assertFound(diagnosis, "data file", "ok", new RegExp(`has schema ${KNOWN}`));
  assertFound(diagnosis, "journal", "ok", /all that was acknowledged/);
  assertFound(diagnosis, "data folder", "ok");
  assert.deepEqual(readdirSync(folder).toSorted(), before);
});

test("what is in the journal and not in the main file is counted, and is worth a warning when it is much", async (t) => {
  const path = await makeFile(t);
  const behind = (messages: number, clean: number): void => {
    change(
      `${path}.journal`,
      `DELETE FROM batches; INSERT INTO batches SELECT 100, json_group_array(json_array(value)), NULL
       FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${messages}) SELECT value FROM n)`,
    );
    change(path, `UPDATE watermark SET clean = ${clean}`);
  };
  behind(3, 0);
  assertFound(
    await diagnose(t, path),
    "journal",
    "ok",
    /^3 messages in 1 batch, acknowledged and .*next start/,
  );
  behind(25_000, 0);
  assertFound(await diagnose(t, path), "journal", "warn", /^25000 messages/);
  behind(3, 1);
  assertFound(await diagnose(t, path), "journal", "fail", /though the service was stopped.*backup/);
});

test("after a kill nothing is touched, nothing fails, and the next start has everything", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd });
  const ids = Array.from({ length: 20 }, (_, index) => `m${index}`);
  await Promise.all(ids.map((message_id) => post(program.url, sampleMessage({ message_id }))));
  await program.stop("SIGKILL");
  const folder = join(cwd, "data");
  const before = readdirSync(folder).toSorted();
  const diagnosis = await runDoctor(t, {}, cwd);
  assertNothingFails(diagnosis);
  assertFound(diagnosis, "journal", "ok");
  assert.deepEqual(readdirSync(folder).toSorted(), before);
  assert.equal((await list((await startProgram(t, { cwd })).url)).total, ids.length);
});

test("a journal that is missing after a kill, or damaged, fails; after a stop it may be missing", async (t) => {
  const path = await makeFile(t);
  rmSync(`${path}.journal`);
  assertFound(await diagnose(t, path), "journal", "ok", /not there/);
  change(path, "UPDATE watermark SET clean = 0");
  assertFound(await diagnose(t, path), "journal", "fail", /is missing.*put it back/);
  writeFileSync(`${path}.journal`, "no database ".repeat(100));
  assertFound(await diagnose(t, path), "journal", "fail", /not a database/);
});

test("a file of another program, of a newer schema, damaged, or with a second name fails; an older one is told", async (t) => {
  const path = await makeFile(t);
  change(path, "PRAGMA user_version = 1");
  assertFound(
    await diagnose(t, path),
    "data file",
    "ok",
    new RegExp(`has schema 1; the next start brings it to ${KNOWN}`),
  );
  change(path, "PRAGMA user_version = 999");
  assertFound(await diagnose(t, path), "data file", "fail", /999.*newer lyftr/);
  const other = join(tempFolder(t), "other.db");
  change(other, "CREATE TABLE notes (text)");
  assertFound(await diagnose(t, other), "data file", "fail", /another program/);
  writeFileSync(other, "Dear reader, ".repeat(100));
  assertFound(await diagnose(t, other), "data file", "fail", /not a/);
  const linked = await makeFile(t);
  linkSync(linked, `${linked}.second`);
  assertFound(await diagnose(t, linked), "data file", "fail", /hard link/);
});

test("a data folder that others may read is told", async (t) => {
  const path = await makeFile(t);
  chmodSync(dirname(path), 0o755);
  const subject = "rights of the data folder";
  assertFound(await diagnose(t, path), subject, "warn", /mode 755.*chmod 700/);
  chmodSync(dirname(path), 0o711);
  assertFound(await diagnose(t, path), subject, "ok");
});

test(
  "a folder in memory fails, for what it is and since its sync costs nothing",
  { skip: !existsSync("/dev/shm") && "no memory disk" },
  async (t) => {
    const folder = mkdtempSync("/dev/shm/lyftr-test-");
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const diagnosis = await diagnose(t, join(folder, "app.db"));
    assertFound(diagnosis, "file system", "fail", /^tmpfs on \/dev\/shm is in memory/);
    assertFound(diagnosis, "sync of the disk", "fail", /no disk is as quick/);
    assert.deepEqual(readdirSync(folder), []);
  },
);

test(
  "a folder in which nothing can be made fails, in words",
  { skip: !existsSync("/proc/mounts") && "no /proc" },
  async (t) => {
    const diagnosis = await diagnose(t, "/proc/app.db");
    const subjects = new Set(["data folder", "sync of the disk"]);
    const failed = diagnosis.findings.filter(
      ({ subject, verdict }) => subjects.has(subject) && verdict === "fail",
    );
    assert.equal(failed.length, 1, diagnosis.stdout);
  },
);

test("the mount of a path is the longest that holds it, the later of two, with its spaces; a network's fails", () => {
  const mounts = [
    "/dev/a / ext4 rw 0 0",
    "server:/x /srv nfs4 rw 0 0",
    "/dev/b /srv/my\\040data xfs rw 0 0",
    "tmpfs /srv/my\\040data tmpfs rw 0 0",
    "overlay /over overlay rw 0 0",
    "host /shared 9p rw 0 0",
    "me@host:/ /ssh fuse.sshfs rw 0 0",
    "/dev/c /win fuseblk rw 0 0",
    "",
  ].join("\n");
  for (const [path, at, verdict] of [
    ["/home/x", "/", "ok"],
    ["/srvx", "/", "ok"],
    ["/srv/x", "/srv", "fail"],
    ["/srv", "/srv", "fail"],
    ["/srv/my data/x", "/srv/my data", "fail"],
    ["/over/x", "/over", "warn"],
    ["/shared", "/shared", "fail"],
    ["/ssh/x", "/ssh", "fail"],
    ["/win/x", "/win", "ok"],
  ] as const) {
    const mount = mountOf(path, mounts) ?? assert.fail(path);
    assert.deepEqual([mount.at, fileSystemFinding(mount).verdict], [at, verdict], path);
  }
  assert.equal(mountOf("/x", ""), null);
});

test("syncs that are too quick to be true fail, and slow ones are told", () => {
  const verdictOf = (median: number): string => syncOf([0.001, median, 500]).verdict;
  assert.deepEqual([0.019, 0.021, 1, 20, 20.1].map(verdictOf), ["fail", "ok", "ok", "ok", "warn"]);
  assert.match(syncOf([0.1, 0.2, 3]).says, /median 200 µs, worst 3\.0 ms of 3/);
});

test("little room is told, and too little fails", (t) => {
  const folder = join(tempFolder(t), "data");
  mkdirSync(folder);
  const MIB = 1024 * 1024;
  const verdictOf = (free: number): string | undefined =>
    folderFindings(folder, true, () => free).findings.find(({ subject }) => subject === "disk room")?.verdict;
  assert.deepEqual([31 * MIB, 32 * MIB, 1023 * MIB, 1024 * MIB].map(verdictOf), [
    "fail",
    "warn",
    "warn",
    "ok",
  ]);
});
