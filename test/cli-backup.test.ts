/** `lyftr backup` and `lyftr restore` of what a service holds: nothing that was acknowledged is lost. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { Message } from "../src/message.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { knownVersion, MAIN_SCHEMA } from "../src/store/sqlite/schema.ts";
import { assertSame, backUp, exported, manifestOf, messagesIn, restore, runOn } from "./support/backup.ts";
import { bytesIn } from "./support/checked.ts";
import { request, post } from "./support/client.ts";
import { fill, INBOXES, manyMessages } from "./support/migrate.ts";
import { startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const MESSAGES = 3_000;
const KNOWN: Readonly<Record<string, number>> = {
  SQLite: knownVersion(MAIN_SCHEMA),
  PostgreSQL: readSchema().version,
};

for (const [name, inbox] of Object.entries(INBOXES)) {
  describe(`on ${name}`, () => {
    test("a backup beside the engine that has it open, restored elsewhere, is the same to the last byte", async (t) => {
      const source = await inbox(t);
      const store = await source.open();
      const messages = manyMessages(MESSAGES);
      await fill(store, messages);
      await store.append(messages.slice(0, 9).map(changed));
      const folder = await backUp(t, source.url);
      const { messages: kept, conflicts, schema } = manifestOf(folder);
      assert.deepEqual([kept, conflicts, schema], [MESSAGES, 9, KNOWN[name]]);

      await store.append([sampleMessage({ message_id: "later" })]);
      await store.close();
      const target = await inbox(t);
      await restore(t, folder, target.url);
      const restored = await target.open();
      assert.equal((await restored.stats()).total_messages, MESSAGES);
      assert.equal(await restored.get("later"), null);
      const [again] = await restored.append([messages[0] ?? sampleMessage()]);
      assert.equal(again, "duplicate");
      const [late] = await restored.append([sampleMessage({ message_id: "later" })]);
      assert.equal(late, "created");
      await restored.close();
      await assertSame(t, source, target);
    });

    test("of an inbox that is empty, and one that is stopped, nothing is left behind", async (t) => {
      const source = await inbox(t);
      await (await source.open()).close();
      const before = name === "SQLite" ? bytesIn(dirname(pathOf(source.url))) : {};
      const folder = await backUp(t, source.url);
      assert.deepEqual(name === "SQLite" ? bytesIn(dirname(pathOf(source.url))) : {}, before);
      assert.deepEqual(readdirSync(dirname(folder)), ["one"]);
      const target = await inbox(t);
      await restore(t, folder, target.url);
      assert.equal(await exported(t, target.url), "");
      await target.assertExact();
    });

    test("a service that was killed: what only its journal holds is in the backup", async (t) => {
      const source = await inbox(t);
      const cwd = tempFolder(t);
      const program = await startProgram(t, { cwd, env: { DATABASE_URL: source.url } });
      const sent = manyMessages(40);
      await Promise.all(sent.map((message) => post(program.url, message)));
      await program.stop("SIGKILL");
      const folder = await backUp(t, source.url);
      assert.equal(manifestOf(folder).messages, sent.length);
      const target = await inbox(t);
      await restore(t, folder, target.url);
      const served = await startProgram(t, { cwd, env: { DATABASE_URL: target.url } });
      for (const message of sent) {
        const path = `/messages/${encodeURIComponent(message.message_id)}`;
        assert.deepEqual((await request(served.url + path)).json, message);
      }
      assert.equal(await served.stop("SIGTERM"), 0);
      await target.assertExact();
    });

    test("one JSON object for scripts, whose figures are those of the manifest", async (t) => {
      const source = await inbox(t);
      const store = await source.open();
      await fill(store, manyMessages(20));
      const cwd = tempFolder(t);
      const finished = await runOn(source.url, cwd, ["backup", "here", "--json"]);
      assert.equal(finished.code, 0, finished.stderr);
      const { backup, ...manifest } = JSON.parse(finished.stdout) as Record<string, unknown>;
      const { sha256: _own, ...written } = manifestOf(join(cwd, "here")) as unknown as Record<
        string,
        unknown
      >;
      assert.deepEqual([backup, manifest], ["here", written]);
      const target = await inbox(t);
      const restored = await runOn(target.url, cwd, ["restore", "here", "--json"]);
      assert.equal(restored.code, 0, restored.stderr);
      const told = JSON.parse(restored.stdout) as Record<string, unknown>;
      assert.deepEqual([told["messages"], told["conflicts"], told["backup"]], [20, 0, "here"]);
      assert.doesNotMatch(restored.stdout, /only( |%20)for( |%20)tests/);
      await store.close();
    });

    test("no backup is written over, and none is made of what is no inbox", async (t) => {
      const source = await inbox(t);
      const cwd = tempFolder(t);
      const unmade = await runOn(source.url, cwd, ["backup", "new"]);
      assert.equal(unmade.code, 2, unmade.stderr);
      assert.deepEqual(readdirSync(cwd), []);
      await (await source.open()).close();
      writeFileSync(join(cwd, "there"), "mine");
      const over = await runOn(source.url, cwd, ["backup", "there"]);
      assert.equal(over.code, 2);
      assert.match(over.stderr, /there is there already, and no backup is written over: name another folder/);
      assert.deepEqual(readdirSync(cwd), ["there"]);
    });
  });
}

test("a main file without the journal that belongs to it is told, and no backup is made", async (t) => {
  const cwd = tempFolder(t);
  const program = await startProgram(t, { cwd });
  await post(program.url, sampleMessage());
  await program.stop("SIGKILL");
  const journal = join(cwd, "data", "app.db.journal");
  for (const beside of ["", "-wal", "-shm"]) rmSync(journal + beside);
  const finished = await runOn("", cwd, ["backup", "new"]);
  assert.equal(finished.code, 2, finished.stderr);
  assert.match(finished.stderr, /app\.db\.journal, which may hold acknowledged messages, is missing/);
  assert.ok(!existsSync(join(cwd, "new")));
  assert.deepEqual(readdirSync(cwd), ["data"]);
});

test("what the system refuses ends it with the system's words", async (t) => {
  const source = await INBOXES.SQLite(t);
  await (await source.open()).close();
  const cwd = tempFolder(t);
  const finished = await runOn(source.url, cwd, ["backup", "x".repeat(300)]);
  assert.equal(finished.code, 3, finished.stderr);
  assert.match(finished.stderr, /^lyftr: ENAMETOOLONG/m);
  assert.deepEqual(readdirSync(cwd), []);
});

test("a schema that another lyftr made is refused, by its number", async (t) => {
  const source = await INBOXES.SQLite(t);
  await (await source.open()).close();
  const known = KNOWN["SQLite"];
  for (const [version, words] of [
    [
      0,
      `has schema 0, and this lyftr backs up schema ${known}: take the backup with the lyftr that ran on it`,
    ],
    [99, `has schema 99, but this lyftr knows schemas up to ${known}: run a newer lyftr`],
  ] as const) {
    await source.change(`PRAGMA user_version = ${version}`);
    const finished = await runOn(source.url, tempFolder(t), ["backup", "new"]);
    assert.equal(finished.code, 2);
    assert.ok(finished.stderr.includes(words), finished.stderr);
  }
});

test("a file whose figures are wrong gives no backup that says it is verified", async (t) => {
  const source = await INBOXES.SQLite(t);
  const store = await source.open();
  await fill(store, manyMessages(50));
  await store.close();
  await source.change("UPDATE totals SET messages = messages + 1");
  const cwd = tempFolder(t);
  const finished = await runOn(source.url, cwd, ["backup", "new"]);
  assert.equal(finished.code, 1, finished.stderr);
  assert.match(finished.stderr, /the copy is not exact: totals: messages; run lyftr check/);
  assert.deepEqual(readdirSync(cwd), []);
});

test("what an export says of an inbox is what was sent", async (t) => {
  const source = await INBOXES.SQLite(t);
  const store = await source.open();
  const messages = manyMessages(30);
  await fill(store, messages);
  // At once: what is acknowledged and not yet in the main file is waited for.
  const found = messagesIn(await exported(t, source.url));
  assert.deepEqual(
    new Map(found.map((one) => [one.message_id, one])),
    new Map(messages.map((one) => [one.message_id, one])),
  );
  await store.close();
});

function changed(message: Message): Message {
  return { ...message, text: "another" };
}

function pathOf(url: string): string {
  return url.replace("sqlite:///", "");
}
