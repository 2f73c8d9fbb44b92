/** What erasing leaves in the SQLite engine's files: every part of the search index exact, and not one byte of what is gone. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import { checkFile } from "../src/store/sqlite/check/checks.ts";
import { openMain } from "../src/store/sqlite/connection.ts";
import type { Eraser } from "../src/store/sqlite/eraser.ts";
import { Indexer } from "../src/store/sqlite/indexer.ts";
import { LIMITS } from "../src/store/sqlite/plan.ts";
import { Reader } from "../src/store/sqlite/reader.ts";
import { filterOf } from "./contract/places.ts";
import { Model, type ModelFilter } from "./support/model.ts";
import { type Random, seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase, readRows } from "./support/sqlite.ts";
import { eventually } from "./support/eventually.ts";
import { until } from "./support/until.ts";
import { tempFolder } from "./support/temp.ts";

const MESSAGES = 6_000;
/** More than are overwritten one by one, so that some parts are merged; several, so that some are dropped. */
const PART_MESSAGES = 1_000;
const WORDS = ["hello", "Привет", "order", "你好世界", "parcel", "tomorrow", "ab", "c", "İstanbul"];

function someMessages(random: Random): Message[] {
  return Array.from({ length: MESSAGES }, (_, index) => ({
    message_id: `m${index}`,
    from: index < 2 * PART_MESSAGES ? "+1" : random.pick(["+2", "+3", "+4"]),
    to: random.pick(["+8", "+9"]),
    ts: new Date(Date.UTC(2025, 0, 1) + index * 60_000).toISOString(),
    text: index % 50 === 0 ? null : `${random.pick(WORDS)} ${random.pick(WORDS)} ${index}`,
  }));
}

function runToEnd(eraser: Eraser): number {
  let messages = 0;
  for (;;) {
    const step = eraser.step();
    messages += step.messages;
    if (step.isDone) return messages;
  }
}

/** Nothing that is not exact. */
function differencesIn(path: string): unknown[] {
  return [...checkFile(path)].flatMap(({ name, found }) =>
    (found?.differences ?? []).map(({ what, kept, counted }) => [name, what, kept, counted]),
  );
}

function totalOf(reader: Reader, filter: ModelFilter): number {
  const steps = reader.find(filterOf(filter), { limit: 10, offset: 0, order: "asc" });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value.total;
  }
}

test("few messages, many, or all of a part: the search index stays exact, and so is all else", async (t) => {
  const random = seededRandom(t, "ERASURE_SEED");
  const path = join(tempFolder(t), "app.db");
  const { database, close } = openMain(path);
  const indexer = new Indexer(database, PART_MESSAGES);
  const model = new Model();
  const messages = someMessages(random);
  for (const message of messages) model.append(message);
  const rows = messages.map(
    ({ message_id, from, to, ts, text }) => [message_id, from, to, ts, text] as const,
  );
  indexer.apply([{ seq: 1, messages: rows, conflicts: [] }]);
  // The last part is not full, and some texts are in none.
  const tidyUp = (): void => {
    for (let steps = 0; steps < 100 && indexer.isUntidy(); steps += 1) indexer.makeSearchable(1_000);
  };
  for (let count = 0; count < MESSAGES - 400; count += 200) indexer.makeSearchable(200);
  tidyUp();
  const reader = new Reader(database, { ...LIMITS, range: 10, texts: 100, glance: 5, walk: 50, held: 50 });

  const erasures: ModelFilter[] = [
    { from: "+2", since: "2025-01-03T00:00:00Z", until: "2025-01-03T03:00:00Z" },
    { from: "+1" },
    { from: "+3" },
    { to: "+8", from: "+4" },
    { to: "+9", since: "2025-01-04T12:00:00Z" },
  ];
  for (const filter of erasures) {
    const expected = model.erase(filter);
    assert.ok(expected > 0);
    assert.equal(runToEnd(indexer.eraserOf(filterOf(filter), 0)), expected);
    for (const q of [...WORDS, "ello", "a", "b 1", "99"]) {
      for (const from of [undefined, "+2", "+4"]) {
        const asked = { q, ...(from !== undefined && { from }) };
        assert.equal(totalOf(reader, asked), model.find(asked).length, JSON.stringify([filter, asked]));
      }
    }
    assert.deepEqual(differencesIn(path), []);
    tidyUp();
    assert.deepEqual(differencesIn(path), []);
  }
  // The first two held nobody else's.
  assert.deepEqual(
    database
      .prepare("SELECT part FROM parts ORDER BY part")
      .all()
      .map(({ part }) => part),
    [3, 4, 5, 6],
  );
  close();
});

test("a step that is cut short is made good by the next erasure", (t) => {
  const path = join(tempFolder(t), "app.db");
  const { database, close } = openMain(path);
  const indexer = new Indexer(database, PART_MESSAGES);
  const rows = Array.from({ length: 1_500 }, (_, index) => {
    const { message_id, from, to, ts, text } = sampleMessage({
      message_id: `m${index}`,
      text: `text ${index}`,
    });
    return [message_id, from, to, ts, text] as const;
  });
  indexer.apply([{ seq: 1, messages: rows, conflicts: [] }]);
  indexer.makeSearchable(1_500);
  // As a full disk would: whatever is erased in the step is there again.
  database.exec(
    "CREATE TRIGGER stop AFTER DELETE ON messages WHEN old.id = 700 BEGIN SELECT RAISE(ABORT, 'full'); END",
  );
  assert.throws(() => runToEnd(indexer.eraserOf({ from: sampleMessage().from }, 0)), /full/);
  database.exec("DROP TRIGGER stop");
  assert.deepEqual(differencesIn(path), []);
  const left = Number(database.prepare("SELECT count(*) AS n FROM messages").get()?.["n"]);
  assert.equal(runToEnd(indexer.eraserOf({ from: sampleMessage().from }, 0)), left);
  assert.deepEqual(differencesIn(path), []);
  assert.deepEqual(database.prepare("SELECT part FROM parts WHERE part = 1").all(), []);
  close();
});

test("an erasure that finds nothing is none: no file is gone through for it", (t) => {
  const { database, close } = openMain(join(tempFolder(t), "app.db"));
  const indexer = new Indexer(database);
  assert.equal(runToEnd(indexer.eraserOf({ from: "+1" }, 0)), 0);
  const { counted, overwritten } = indexer.erasures();
  assert.equal(counted, overwritten);
  close();
});

/** Files of the folder that hold the bytes. */
function filesWith(folder: string, text: string): string[] {
  const bytes = Buffer.from(text);
  return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(bytes));
}

const PERSONS = [
  {
    from: "+4912345678901",
    words: "☃☄☇ the text of one person",
    marks: ["one person", "☄☇", "id-one-"],
    id: "id-one-",
  },
  {
    from: "+4498765432109",
    words: "☬☭☮ what another wrote",
    marks: ["another wrote", "☭☮", "id-two-"],
    id: "id-two-",
  },
];

for (const each of [20, 1_500]) {
  test(`not a byte of ${each} erased messages of a person is left in any file, while the service has them open`, async (t) => {
    const random = seededRandom(t, "ERASURE_SEED");
    const database = createSqliteDatabase(t);
    const folder = dirname(database.path);
    const store = await database.open();
    // In any order of ids and senders, so that pages of every index are split and balanced again and again.
    const anyId = (): string => random.below(2 ** 30).toString(36);
    const first = new Map<string, Message>();
    for (let batch = 0; batch < 30; batch += 1) {
      const messages = Array.from({ length: 100 }, (_, index) =>
        sampleMessage({ message_id: anyId(), from: `+1${anyId()}`, text: `kept ${anyId()} ${index}` }),
      );
      for (const { from, words, id } of batch < 20 ? PERSONS : []) {
        for (let index = 0; index < each / 20; index += 1) {
          const message_id = `${anyId()}${id}${anyId()}`;
          const message = sampleMessage({ from, message_id, text: `${words} ${batch} ${index}` });
          first.set(from, message);
          messages.splice(random.below(messages.length), 0, message);
        }
      }
      await store.append(messages);
      await store.find({ q: "person" }, { limit: 1, offset: 0, order: "asc" });
    }
    for (const message of first.values()) await store.append([{ ...message, text: "other" }]);
    // The second person's rows were moved about when the first one's went.
    for (const { from, marks } of PERSONS) {
      assert.ok(filesWith(folder, marks[0] ?? "").length > 0);
      assert.deepEqual(await store.erase({ from }), { messages: each, conflicts: 1 });
      for (const mark of [from, ...marks]) assert.deepEqual(filesWith(folder, mark), [], mark);
    }
    await store.close();
    for (const mark of PERSONS.flatMap(({ from, marks }) => marks.concat(from))) {
      assert.deepEqual(filesWith(folder, mark), [], `${mark} after the stop`);
    }
    assert.deepEqual(differencesIn(database.path), []);
    const file = new DatabaseSync(database.path);
    assert.deepEqual(file.prepare("SELECT count(*) AS n FROM zeros").all()[0]?.["n"], 0);
    file.close();
  });
}

test("an erasure that a stop cut short behind the last message is made good by the next start, unasked", async (t) => {
  const database = createSqliteDatabase(t);
  const folder = dirname(database.path);
  const store = await database.open();
  const [person] = PERSONS;
  assert.ok(person !== undefined);
  const gone = Array.from({ length: 2_000 }, (_, index) =>
    sampleMessage({
      from: person.from,
      message_id: `${person.id}${index}`,
      text: `${person.words} ${index}`,
    }),
  );
  const kept = Array.from({ length: 2_000 }, (_, index) =>
    sampleMessage({ message_id: `m${index}`, text: `kept ${index}` }),
  );
  await store.append([...gone, ...kept]);
  await until("all are in the search index", () => unsearchable(database.path) === 0);
  const erasing = store.erase({ from: person.from }).catch(() => null);
  await eventually("all to be gone", async () =>
    (await store.stats()).total_messages === kept.length ? true : undefined,
  );
  await store.close();
  await erasing;
  const again = await database.open();
  await until("free space to be overwritten", () => {
    const [row] = readRows(database.path, "SELECT erasures = overwritten AS done FROM watermark");
    return row?.["done"] === 1;
  });
  for (const mark of [person.from, ...person.marks]) assert.deepEqual(filesWith(folder, mark), [], mark);
  await again.close();
  assert.deepEqual(differencesIn(database.path), []);
});

function unsearchable(path: string): number {
  return Number(readRows(path, "SELECT last_given - searchable AS n FROM watermark")[0]?.["n"]);
}
