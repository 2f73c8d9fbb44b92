/** `lyftr import` of what is not as it should be, and of what was cut off. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Message } from "../src/message.ts";
import { FORMATS } from "../src/transfer/format.ts";
import { exported, messagesIn, runOn } from "./support/backup.ts";
import { fill, INBOXES, type Inbox, manyMessages } from "./support/migrate.ts";
import { PROGRAM } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

const GOOD = (["a", "b", "c", "d"] as const).map((message_id) => sampleMessage({ message_id }));
const lines = (messages: readonly Message[]): string[] => messages.map(FORMATS.ndjson.write);

for (const [name, inbox] of Object.entries(INBOXES)) {
  describe(`on ${name}`, () => {
    test("the first bad line ends it by its number, and what stands before is stored", async (t) => {
      const target = await inbox(t);
      const [a = "", b = "", c = ""] = lines(GOOD);
      const input = `${a}\n  \n${b}{"message_id":"x","from":"+1","to":"+2","ts":"2025-13-01T00:00:00Z","text":"secret"}\n${c}`;
      const finished = await runOn(target.url, tempFolder(t), ["import", "-"], input);
      assert.equal(finished.code, 1);
      assert.match(
        finished.stderr,
        /standard input: line 5: ts: must be an RFC 3339 .*; what stands before it is stored/,
      );
      assert.doesNotMatch(finished.stderr + finished.stdout, /secret/);
      assert.deepEqual(messagesIn(await exported(t, target.url)), GOOD.slice(0, 2));
    });

    test("--skip-invalid counts them and keeps them in a file; conflicts and duplicates are told", async (t) => {
      const target = await inbox(t);
      const cwd = tempFolder(t);
      const changed = { ...sampleMessage({ message_id: "a" }), text: "other" };
      const bad = ["nonsense\n", `${JSON.stringify({ message_id: 1 })}\n`];
      const [a = "", b = ""] = lines(GOOD);
      writeFileSync(
        join(cwd, "in.ndjson"),
        [a, bad[0], b, a, bad[1], FORMATS.ndjson.write(changed)].join(""),
      );
      const args = ["import", "in.ndjson", "--skip-invalid", "bad.ndjson", "--json"];
      const finished = await runOn(target.url, cwd, args);
      assert.equal(finished.code, 1, finished.stderr);
      assert.deepEqual(JSON.parse(finished.stdout), {
        created: 2,
        duplicate: 1,
        erased: 0,
        conflict: 1,
        refused: 0,
        invalid: 2,
      });
      assert.match(finished.stderr, /^line 2: body: is not JSON.*\nline 5: /);
      assert.equal(readFileSync(join(cwd, "bad.ndjson"), "utf8"), bad.join(""));
      assert.deepEqual(messagesIn(await exported(t, target.url)), GOOD.slice(0, 2));
      assert.equal((await target.conflicts()).length, 1);
      const over = await runOn(target.url, cwd, args);
      assert.equal(over.code, 2);
      assert.match(over.stderr, /bad\.ndjson is there already/);
    });

    test("an id that was erased is told as that, and stays away", async (t) => {
      const target = await inbox(t);
      const store = await target.open();
      await fill(store, GOOD.slice(0, 3));
      await store.erase({ message_ids: ["b"] });
      await store.close();
      const cwd = tempFolder(t);
      writeFileSync(join(cwd, "in.ndjson"), lines([...GOOD, ...GOOD.slice(0, 2)]).join(""));
      const finished = await runOn(target.url, cwd, ["import", "in.ndjson", "--json"]);
      assert.equal(finished.code, 0, finished.stderr);
      const counted = { created: 1, duplicate: 3, erased: 2, conflict: 0, refused: 0, invalid: 0 };
      assert.deepEqual(JSON.parse(finished.stdout), counted);
      const again = await runOn(target.url, cwd, ["import", "-"], lines(GOOD).join(""));
      assert.match(
        again.stdout,
        /^imported: 0 created, 3 there already, 1 erased before, 0 there with another/,
      );
      assert.equal(await target.count(), 3);
    });

    test("killed in between and run again, it goes on where it was, and all is there once", async (t) => {
      const target = await inbox(t);
      const cwd = tempFolder(t);
      const messages = manyMessages(60_000);
      const file = join(cwd, "in.csv");
      writeFileSync(file, FORMATS.csv.header + messages.map(FORMATS.csv.write).join(""));
      const state = `${file}.import-state`;
      await killed(target, cwd, file, () => existsSync(state));
      const again = await runOn(target.url, cwd, ["import", file]);
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stderr, /^going on at line [1-9]\d+$/m);
      const [, created = "", there = ""] =
        /^imported: (\d+) created, (\d+) there already, 0 .* 0 refused/.exec(again.stdout) ?? [];
      assert.ok(Number(created) + Number(there) >= messages.length, again.stdout);
      assert.ok(!existsSync(state));
      assert.equal(await target.count(), messages.length);
      await target.assertExact();
    });
  });
}

/** `kill -9` once `isTime`. */
async function killed(
  target: Inbox,
  cwd: string,
  file: string,
  isTime: () => boolean,
  ...flags: readonly string[]
): Promise<void> {
  const { NODE_TEST_CONTEXT: _mark, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, "import", file, ...flags], {
    cwd,
    env: { ...env, DATABASE_URL: target.url },
    stdio: "ignore",
  });
  const closed = once(child, "close");
  await until("it has stored enough", () => isTime() || child.exitCode !== null);
  child.kill("SIGKILL");
  await closed;
  assert.equal(child.exitCode, null, "it was done before it could be killed");
}

test("what was refused before it was cut off is counted to the end; a state of a former version, without that number, is read", async (t) => {
  const target = await INBOXES.SQLite(t);
  const cwd = tempFolder(t);
  const file = join(cwd, "in.ndjson");
  const messages = manyMessages(60_000);
  writeFileSync(file, ["nonsense\n", "more of it\n", ...lines(messages)].join(""));
  const state = `${file}.import-state`;
  const skip = ["--skip-invalid", join(cwd, "bad")];
  await killed(target, cwd, file, () => existsSync(state), ...skip);
  const kept = readFileSync(state, "utf8");
  const again = await runOn(target.url, cwd, ["import", file, ...skip]);
  assert.match(again.stderr, /^going on at line [1-9]\d*$/m);
  assert.match(again.stdout, /, 2 refused, /);
  assert.equal(again.code, 1);
  assert.equal(await target.count(), messages.length);

  const { tally, ...others } = JSON.parse(kept) as { tally: Record<string, number> };
  const { invalid: _number, ...former } = tally;
  writeFileSync(state, JSON.stringify({ ...others, tally: former }));
  const resumed = await runOn(target.url, cwd, ["import", file, ...skip, "--json"]);
  assert.match(resumed.stderr, /^going on at line [1-9]\d*$/m);
  assert.equal((JSON.parse(resumed.stdout) as { invalid: number }).invalid, 0);
});

test("what was refused is written once, however often it was cut off; and into no file that is another's", async (t) => {
  const target = await INBOXES.SQLite(t);
  const cwd = tempFolder(t);
  const file = join(cwd, "in.ndjson");
  const messages = manyMessages(60_000);
  const bad = (index: number) => `nonsense ${index}\n`;
  writeFileSync(
    file,
    lines(messages)
      .map((line, index) => (index % 100 === 0 ? bad(index) + line : line))
      .join(""),
  );
  const skip = ["--skip-invalid", join(cwd, "bad")];
  const state = `${file}.import-state`;
  await killed(target, cwd, file, () => existsSync(state), ...skip);
  // As if it had been killed just behind a batch of which the state does not tell.
  appendFileSync(join(cwd, "bad"), bad(1));
  writeFileSync(join(cwd, "other"), "of somebody else\n");
  const wrong = await runOn(target.url, cwd, ["import", file, "--skip-invalid", join(cwd, "other")]);
  assert.deepEqual([wrong.code, /other is there already/.test(wrong.stderr)], [2, true], wrong.stderr);
  const again = await runOn(target.url, cwd, ["import", file, ...skip]);
  assert.match(again.stderr, /^going on at line [1-9]\d*$/m);
  assert.equal(
    readFileSync(join(cwd, "bad"), "utf8"),
    Array.from({ length: 600 }, (_, index) => bad(index * 100)).join(""),
  );
  assert.equal(readFileSync(join(cwd, "other"), "utf8"), "of somebody else\n");

  // Cut short by the first line that is no message, and told to name a new file: this one is not.
  writeFileSync(join(cwd, "short.ndjson"), [...lines(manyMessages(3_000)), bad(0), ...lines(GOOD)].join(""));
  const ended = await runOn(target.url, cwd, ["import", "short.ndjson"]);
  assert.deepEqual([ended.code, /line 3001/.test(ended.stderr)], [1, true], ended.stderr);
  const onto = await runOn(target.url, cwd, ["import", "short.ndjson", "--skip-invalid", "other"]);
  assert.deepEqual([onto.code, /other is there already/.test(onto.stderr)], [2, true], onto.stderr);
});

test("how far an import was counts only for the same file in the same database", async (t) => {
  const target = await INBOXES.SQLite(t);
  const cwd = tempFolder(t);
  const messages = manyMessages(60_000);
  const file = join(cwd, "in.ndjson");
  writeFileSync(file, lines(messages).join(""));
  const state = `${file}.import-state`;
  await killed(target, cwd, file, () => existsSync(state));
  const kept = readFileSync(state);
  // The database is another one of the same name: nothing may be passed over.
  const path = target.url.replace("sqlite:///", "");
  for (const beside of ["", "-wal", "-shm", ".journal", ".journal-wal", ".journal-shm", ".lock"])
    rmSync(path + beside, { force: true });
  const fresh = await runOn(target.url, cwd, ["import", file]);
  assert.equal(fresh.code, 0, fresh.stderr);
  assert.doesNotMatch(fresh.stderr, /going on/);
  assert.equal(await target.count(), messages.length);

  // The file is another one of the same name.
  writeFileSync(state, kept);
  writeFileSync(file, lines(GOOD).join(""));
  const other = await runOn(target.url, cwd, ["import", file]);
  assert.equal(other.code, 0, other.stderr);
  assert.match(other.stdout, /^imported: 4 created, 0 there already/);

  // And what is no state at all is no reason to fail.
  writeFileSync(state, "{");
  appendFileSync(file, lines([sampleMessage({ message_id: "e" })])[0] ?? "");
  assert.match(
    (await runOn(target.url, cwd, ["import", file])).stdout,
    /^imported: 1 created, 4 there already/,
  );
});

test("a service on the file is not disturbed: it is refused, and told how else", async (t) => {
  const target = await INBOXES.SQLite(t);
  const store = await target.open();
  await fill(store, GOOD);
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, "in.ndjson"), lines(GOOD).join(""));
  const finished = await runOn(target.url, cwd, ["import", "in.ndjson"]);
  assert.equal(finished.code, 2);
  assert.match(
    finished.stderr,
    /in use by another lyftr process.*; or send it through the service: lyftr send --stdin < in\.ndjson/,
  );
  const missing = await runOn(target.url, cwd, ["import", "nothing.csv"]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /nothing\.csv is not there/);
});
