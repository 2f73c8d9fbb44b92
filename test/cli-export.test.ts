/** `lyftr export` and `lyftr import` on the real program, on both engines. */
import assert from "node:assert/strict";
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { Message } from "../src/message.ts";
import { openMoveReader } from "../src/store/open.ts";
import { exportPages } from "../src/transfer/export.ts";
import { ExportFile } from "../src/transfer/export-file.ts";
import { FORMATS } from "../src/transfer/format.ts";
import * as arbitrary from "./support/arbitrary.ts";
import { exported, messagesIn, runOn } from "./support/backup.ts";
import { fill, INBOXES, manyMessages } from "./support/migrate.ts";
import { matches, type ModelFilter } from "./support/model.ts";
import { seededRandom } from "./support/random.ts";
import { tempFolder } from "./support/temp.ts";

function anyMessages(seed: number): Message[] {
  const one = arbitrary.message(["any"], ["+1", "+12", 'Acme "&" Söhne, Inc.', "😀"]);
  return fc.sample(one, { seed, numRuns: 400 }).map(named);
}

function named(message: Message, index: number): Message {
  return { ...message, message_id: `${index} "${"é,\n"[index % 4] ?? ""}"` };
}

/** Each of its bytes costs a run. */
function shortened(message: Message): Message {
  return { ...message, text: message.text?.slice(0, 10).toWellFormed() ?? null };
}

for (const format of ["ndjson", "csv"]) {
  test(`from SQLite to PostgreSQL and back as ${format}: every byte the same`, async (t) => {
    const seed = seededRandom(t, "EXPORT_SEED").below(2 ** 31);
    const [first, second, third] = [
      await INBOXES.SQLite(t),
      await INBOXES.PostgreSQL(t),
      await INBOXES.SQLite(t),
    ];
    const store = await first.open();
    const messages = [...anyMessages(seed), ...manyMessages(2_500)];
    await fill(store, messages);
    const folder = tempFolder(t);
    const files = ["one", "two", "three"].map((name) => join(folder, `${name}.${format}`));
    for (const [index, inbox] of [first, second, third].entries()) {
      const [file = "", before] = [files[index], files[index - 1]];
      if (before !== undefined) {
        const imported = await runOn(inbox.url, folder, ["import", before]);
        assert.equal(imported.code, 0, imported.stderr);
        assert.match(
          imported.stdout,
          new RegExp(`^imported: ${messages.length} created, 0 there already, 0 `),
        );
      }
      const out = await runOn(inbox.url, folder, ["export", "--out", file]);
      assert.equal(out.code, 0, out.stderr);
      assert.match(out.stdout, new RegExp(`^exported: ${messages.length} messages, in `));
    }
    const [one = "", two = "", three = ""] = files.map((file) => readFileSync(file, "utf8"));
    assert.ok(one === two && two === three);
    const found = messagesIn(await exported(t, third.url));
    const byId = new Map(messages.map((message) => [message.message_id, message]));
    assert.equal(found.length, messages.length);
    for (const message of found) assert.deepEqual(message, byId.get(message.message_id));
    await third.assertExact();
    await second.assertExact();
  });
}

for (const [name, inbox] of Object.entries(INBOXES)) {
  describe(`on ${name}`, () => {
    test("a filter picks as GET /messages does", async (t) => {
      const source = await inbox(t);
      const store = await source.open();
      const messages = manyMessages(500);
      await fill(store, messages);
      const filters: readonly ModelFilter[] = [
        { from: "+3" },
        { to: "+12", q: "привет" },
        { since: "2025-12-31T00:30:00Z", until: "2025-12-31T02:00:00.5Z" },
        { since: "2025-12-31T01:10:00.000000001Z" },
        { until: "1969-12-31T01:00:00.1Z", from: "+1" },
        { q: "ISTANBUL" },
      ];
      for (const filter of filters) {
        const flags = Object.entries(filter).flatMap(([member, value]) => [`--${member}`, String(value)]);
        const found = messagesIn(await exported(t, source.url, ...flags));
        const expected = messages.filter((message) => matches(message, filter));
        assert.deepEqual(
          found.map(({ message_id }) => message_id).toSorted(),
          expected.map(({ message_id }) => message_id).toSorted(),
          flags.join(" "),
        );
      }
    });

    test("a file that was cut off at any byte goes on from its last whole message", async (t) => {
      const source = await inbox(t);
      const store = await source.open();
      await fill(store, manyMessages(10).map(shortened));
      await store.stats();
      const location =
        name === "SQLite"
          ? ({ engine: "sqlite", path: source.url.replace("sqlite:///", "") } as const)
          : ({ engine: "postgres", url: source.url } as const);
      const reader = await openMoveReader(location);
      t.after(() => reader.close());
      for (const format of Object.values(FORMATS)) {
        const path = join(tempFolder(t), "out");
        const write = async (): Promise<void> => {
          const file = await ExportFile.open(path, format, true);
          for await (const page of exportPages(reader, format, {}, file.after)) await file.write(page);
          await file.close();
        };
        await write();
        const whole = readFileSync(path);
        for (let bytes = 0; bytes <= whole.length; bytes += 1) {
          writeFileSync(path, whole.subarray(0, bytes));
          await write();
          assert.ok(
            readFileSync(path).equals(whole),
            `${format.name} cut after ${bytes} of ${whole.length} bytes`,
          );
        }
      }
    });
  });
}

/** Whether it could be the beginning of an export that was cut in its first record. */
const BEGINNINGS: readonly (readonly [string, string, boolean])[] = [
  ["ndjson", "", true],
  ["ndjson", "{", true],
  ["ndjson", '{"message_id":"a \\', true],
  ["ndjson", '{"message_id":"a","from":"+1","to":"+2","ts":"2025-01-15T10:00:00Z","text":nul', true],
  ["ndjson", "Dear reader, this is no export", false],
  ["ndjson", '{"name":"somebody else\'s"', false],
  ["ndjson", '{"message_id":"a","from":"+1"}', false],
  ["ndjson", '{"message_id":"a","from":"+1","to":"+2","ts":"2025-01-15T10:00:00Z","text":"x"} ', false],
  ["csv", "message_id,fr", true],
  ["csv", "message_id,from,to,ts,text\r", true],
  ["csv", 'message_id,from,to,ts,text\r\n"a ""b', true],
  ["csv", 'message_id,from,to,ts,text\r\n"a","+1","+2","2025-01-15T10:00:00Z",\r', true],
  ["csv", "Dear reader, this is no export", false],
  ["csv", "message_id,from,to,ts,text,more", false],
  ["csv", "message_id,from,to,ts,text\r\n1,+1,+2,2025-01-15T10:00:00Z,typed by hand", false],
];

test("--resume goes on with what an export may have begun, and leaves the only copy of anything else as it is", async (t) => {
  const folder = tempFolder(t);
  for (const [index, [name, text, isBegun]] of BEGINNINGS.entries()) {
    const path = join(folder, `${index}`);
    writeFileSync(path, text);
    const format = FORMATS[name as keyof typeof FORMATS];
    const opening = ExportFile.open(path, format, true);
    if (isBegun) {
      await (await opening).close();
      assert.equal(readFileSync(path, "utf8"), format.header, text);
      continue;
    }
    await assert.rejects(opening, {
      code: "cannot_start",
      message: new RegExp(`^${path} is no export in ${name}: `),
    });
    assert.equal(readFileSync(path, "utf8"), text);
  }
});

test("--resume on the real program; a file that is there, or is something else, is left as it is", async (t) => {
  const source = await INBOXES.SQLite(t);
  const store = await source.open();
  await fill(store, manyMessages(5_000));
  const cwd = tempFolder(t);
  const out = (...flags: string[]) => runOn(source.url, cwd, ["export", "--out", "all.csv", ...flags]);
  assert.equal((await out()).code, 0);
  const whole = readFileSync(join(cwd, "all.csv"), "utf8");
  assert.equal(statSync(join(cwd, "all.csv")).mode & 0o077, 0);
  const over = await out();
  assert.equal(over.code, 2);
  assert.match(over.stderr, /all\.csv is there already: --resume goes on with it, or name another/);
  truncateSync(join(cwd, "all.csv"), Math.floor(whole.length / 3));
  const resumed = await out("--resume");
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stdout, /^exported: 5000 messages, in all\.csv/);
  assert.equal(readFileSync(join(cwd, "all.csv"), "utf8"), whole);
  const other = await out("--resume", "--format", "ndjson");
  assert.equal(other.code, 2);
  assert.match(other.stderr, /all\.csv is no export in ndjson/);
  assert.equal(readFileSync(join(cwd, "all.csv"), "utf8"), whole);
  writeFileSync(join(cwd, "letter"), "Dear reader");
  const letter = await runOn(source.url, cwd, ["export", "--out", "letter", "--resume"]);
  assert.equal(letter.code, 2);
  assert.match(letter.stderr, /letter is no export in ndjson: .*; name another file/);
  assert.equal(readFileSync(join(cwd, "letter"), "utf8"), "Dear reader");
  for (const [flags, words] of [
    [["--resume"], /--resume goes on with a file: name it with --out/],
    [["--since", "yesterday"], /--since must be an RFC 3339/],
    [["--q", ""], /--q is empty/],
    [["--out", "no/such/folder/x"], /cannot be written/],
  ] as const) {
    const wrong = await runOn(source.url, cwd, ["export", ...flags]);
    assert.equal(wrong.code, 2, wrong.stderr);
    assert.match(wrong.stderr, words);
  }
});
