/** `lyftr migrate` on what it cannot move: a sentence that names the side and says what to do. */
import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fill, INBOXES, manyMessages, runMigrate, verdict, WAYS } from "./support/migrate.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { tempFolder } from "./support/temp.ts";

test("wrong places are told together, by flag, and none is taken for granted", async (t) => {
  for (const [from, to] of [
    ["mysql://host/db", "sqlite:///"],
    ["", ""],
    ["data/app.db", "postgres:nonsense"],
  ] as const) {
    const { code, stdout, stderr } = await runMigrate(t, from, to);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /--from: .*\n.*--to: /);
  }
});

test("the same database twice is refused, however it is named", async (t) => {
  const [file, server] = [await INBOXES.SQLite(t), await INBOXES.PostgreSQL(t)];
  await (await file.open()).close();
  await (await server.open()).close();
  const link = join(tempFolder(t), "link.db");
  symlinkSync(file.url.replace("sqlite:///", ""), link);
  for (const [from, to] of [
    [file.url, file.url],
    [file.url, `sqlite:///${link}`],
    [server.url, server.url.replace("postgres:", "postgresql:")],
  ] as const) {
    for (const only of ["copy", "compare"]) {
      const { code, stderr } = await runMigrate(t, from, to, "--only", only);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /--from and --to name the same database/);
    }
  }
});

test("a source that is not there is not made, and neither is the target", async (t) => {
  const folder = tempFolder(t);
  const missing = `sqlite:///${join(folder, "missing.db")}`;
  const target = `sqlite:///${join(folder, "target.db")}`;
  const finished = await runMigrate(t, missing, target);
  assert.equal(finished.code, 2, finished.stderr);
  assert.match(finished.stderr, /--from: .*missing\.db is not there/);
  assert.ok(!existsSync(join(folder, "missing.db")) && !existsSync(join(folder, "target.db")));
  const empty = await INBOXES.PostgreSQL(t);
  const unmade = await runMigrate(t, empty.url, target);
  assert.equal(unmade.code, 2, unmade.stderr);
  assert.match(unmade.stderr, /--from: postgres:.*start the service/);
  assert.doesNotMatch(unmade.stderr, /only( |%20)for( |%20)tests/);
  const away = await runMigrate(t, "postgres://user:secret@127.0.0.1:1/inbox", target);
  assert.equal(away.code, 3, away.stderr);
  assert.match(away.stderr, /--from: .*ECONNREFUSED/);
  assert.doesNotMatch(away.stderr, /secret/);
});

test("a target that a service runs on is refused, and is only read by --only compare", async (t) => {
  const source = await INBOXES.PostgreSQL(t);
  await (await source.open()).close();
  const { databasePath } = await startTestService(t);
  const target = `sqlite:///${databasePath}`;
  for (const flags of [[], ["--only", "copy"]]) {
    const { code, stderr } = await runMigrate(t, source.url, target, ...flags);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--to: .* is in use by another lyftr process \(pid \d+\); stop that one first/);
  }
  const compared = await runMigrate(t, source.url, target, "--only", "compare");
  assert.equal(compared.code, 0, compared.stderr);
  assert.match(verdict(compared), /^done: .* all 0 messages/);
});

for (const [from, to] of WAYS) {
  test(`from ${from} to ${to}: a target that lost or changed messages after the copy is not done`, async (t) => {
    const [source, target] = [await INBOXES[from](t), await INBOXES[to](t)];
    const store = await source.open();
    await fill(store, manyMessages(100));
    await store.append([sampleMessage({ message_id: "lost" }), sampleMessage({ message_id: "changed" })]);
    await store.close();
    assert.equal((await runMigrate(t, source.url, target.url, "--only", "copy")).code, 0);
    await target.change("DELETE FROM messages WHERE message_id = 'lost'");
    await target.change("UPDATE messages SET ts_digits = 3 WHERE message_id = 'changed'");
    const { code, stdout } = await runMigrate(t, source.url, target.url, "--only", "compare", "--json");
    assert.equal(code, 1);
    const report = JSON.parse(stdout) as {
      done: boolean;
      compared: { differences: string[]; agrees: boolean };
    };
    assert.deepEqual([report.done, report.compared.agrees], [false, false]);
    assert.deepEqual(report.compared.differences.toSorted(), [
      "message changed has another ts in the target",
      "message lost is missing in the target",
    ]);
  });
}

test("from file to file, and from server to server", async (t) => {
  for (const engine of ["SQLite", "PostgreSQL"] as const) {
    const [source, target] = [await INBOXES[engine](t), await INBOXES[engine](t)];
    const store = await source.open();
    await fill(store, manyMessages(50));
    await store.close();
    const finished = await runMigrate(t, source.url, target.url);
    assert.match(verdict(finished), /^done: .* all 50 messages/, finished.stderr);
    await target.assertExact();
  }
});

test("a file that a service of another folder could still open is left without a trace beside it", async (t) => {
  const [source, target] = [await INBOXES.SQLite(t), await INBOXES.PostgreSQL(t)];
  await (await source.open()).close();
  const path = source.url.replace("sqlite:///", "");
  await runMigrate(t, source.url, target.url);
  assert.ok(!existsSync(`${path}-wal`) && !existsSync(`${path}-shm`), dirname(path));
});
