/** What is kept in the main file besides the messages: the search index, which follows behind, and the counters. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import { RECOUNTS, recount } from "../src/store/sqlite/check/recounts.ts";
import { Queries } from "../src/store/sqlite/queries.ts";
import type { Store } from "../src/store/store.ts";
import { EVERYTHING } from "./contract/database.ts";
import { Model } from "./support/model.ts";
import { type Random, seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase, readRows } from "./support/sqlite.ts";
import { until } from "./support/until.ts";

const PIECES = [
  ...Array.from("abcABC 12%_*\"'\\-^:()"),
  "é",
  "e\u0301",
  "É",
  "ß",
  "İ",
  "Σ",
  "ς",
  "σ",
  "Ж",
  "ж",
  "न",
  "ा",
  "好",
  "🙂",
  "🚗",
  "\u{10ffff}",
  "\u0001",
  "\n",
  "the",
  "Hello",
  "привет",
  "नमस्ते",
  "您的订单",
  "NEAR",
  "OR",
  "AND",
];
const SENDERS = ["+1", "+12", "+123", "opaque"];

function randomText(random: Random, piecesMax: number): string {
  return Array.from({ length: random.below(piecesMax + 1) }, () => random.pick(PIECES)).join("");
}

function randomMessage(random: Random, id: string): Message {
  const nanos = String(random.below(1000)).padStart(3, "0");
  return {
    message_id: id,
    from: random.pick(SENDERS),
    to: random.pick(SENDERS),
    ts: `${1960 + random.below(80)}-03-0${1 + random.below(9)}T0${random.below(9)}:00:00.${nanos}Z`,
    text: random.below(20) === 0 ? null : randomText(random, 12),
  };
}

/** A part of a text that is there, or any. */
function randomNeedle(random: Random, messages: readonly Message[]): string {
  const text = random.below(4) === 0 ? randomText(random, 3) : (random.pick(messages).text ?? "x");
  const characters = Array.from(text);
  const start = random.below(characters.length + 1);
  return characters.slice(start, start + 1 + random.below(8)).join("") || "a";
}

async function assertFinds(store: Store, model: Model, needles: readonly string[]): Promise<void> {
  for (const q of needles) {
    const { data, total } = await store.find({ q }, EVERYTHING);
    const expected = model.find({ q });
    assert.deepEqual(data, expected, JSON.stringify(q));
    assert.equal(total, expected.length);
  }
}

const unsearchable = (path: string): number =>
  Number(readRows(path, "SELECT (SELECT max(id) FROM messages) - searchable AS n FROM watermark")[0]?.["n"]);

test("a search is exact for what is in the search index, for what is not yet, and across both", async (t) => {
  const random = seededRandom(t, "SEARCH_SEED");
  const database = createSqliteDatabase(t);
  const store = await database.open();
  const model = new Model();
  const all: Message[] = [];
  const appendSome = async (name: string): Promise<void> => {
    const batch = Array.from({ length: 150 }, (_, index) => randomMessage(random, `${name}-${index}`));
    for (const message of batch) model.append(message);
    all.push(...batch);
    await store.append(batch);
  };
  const needles = (): string[] => Array.from({ length: 60 }, () => randomNeedle(random, all));

  await appendSome("first");
  await assertFinds(store, model, needles());
  await until("all texts are in the search index", () => unsearchable(database.path) === 0);
  await assertFinds(store, model, needles());
  await appendSome("second");
  await assertFinds(store, model, needles());
});

test("the longest needle finds its text, in the search index and before", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  const text = "0123456789abcdef".repeat(16);
  await store.append([
    sampleMessage({ text: `x${text}y` }),
    sampleMessage({ message_id: "m2", text: text.slice(1) }),
  ]);
  const find = async (): Promise<string[]> =>
    (await store.find({ q: text.toUpperCase() }, EVERYTHING)).data.map(({ message_id }) => message_id);
  assert.deepEqual(await find(), ["m1"]);
  await until("all texts are in the search index", () => unsearchable(database.path) === 0);
  assert.deepEqual(await find(), ["m1"]);
});

test("what a stop left out of the search index is added after the next start, without a message to wake it", async (t) => {
  const database = createSqliteDatabase(t);
  const store = await database.open();
  await store.append([sampleMessage()]);
  // Read at once, so that it is in the file and, most likely, not yet in the index.
  await store.get("m1");
  await store.close();
  const again = await database.open();
  await until("all texts are in the search index", () => unsearchable(database.path) === 0);
  assert.equal((await again.find({ q: "hello" }, EVERYTHING)).total, 1);
});

function assertCountersExact(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  for (const each of RECOUNTS) assert.deepEqual([...recount(new Queries(database), each)], [], each.name);
  database.close();
}

test("the kept counters equal a recount after any load, duplicates and conflicts among it, over a restart", async (t) => {
  const random = seededRandom(t, "COUNTERS_SEED");
  const database = createSqliteDatabase(t);
  for (let start = 0; start < 3; start += 1) {
    const store = await database.open();
    for (let batch = 0; batch < 20; batch += 1) {
      // Of few ids, so that most come again.
      const messages = Array.from({ length: 20 }, () => randomMessage(random, `m${random.below(500)}`));
      await store.append(messages);
      if (random.below(4) === 0) await store.stats();
    }
    await store.close();
    assertCountersExact(database.path);
  }
});
