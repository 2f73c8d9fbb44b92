/**
 * Each way that a read can go (src/store/sqlite/plan.ts), forced by limits of its own on a file with many small parts of
 * the search index and messages that it does not know yet: all find what a plain list finds, at first and remembered.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import type { Message, Page } from "../src/message.ts";
import { openForReading, openMain } from "../src/store/sqlite/connection.ts";
import { Indexer } from "../src/store/sqlite/indexer.ts";
import { type Limits, LIMITS } from "../src/store/sqlite/plan.ts";
import { Reader } from "../src/store/sqlite/reader.ts";
import { filterOf } from "./contract/places.ts";
import { anySeed } from "./support/random.ts";
import { searchInbox } from "./support/search-inbox.ts";
import { expectedOf } from "./support/search-model.ts";
import { type Question, questionOf } from "./support/search-question.ts";
import { tempFolder } from "./support/temp.ts";

const MESSAGES = 900;
const PART_MESSAGES = 70;
/** Of each growth of the file, so many are left out of the search index. */
const LEFT_OUT = 25;
const QUESTIONS = 120;
/** Of thirteen: the others are asked as long as they are not. */
const TIDY_PARTS = 8;

const EVERY = Number.MAX_SAFE_INTEGER;
const WAYS: Readonly<Record<string, Partial<Limits>>> = {
  "as it is": {},
  "through the search index, and trigrams for short needles": {
    frequent: EVERY,
    glance: 0,
    walk: 0,
    range: 0,
    terms: EVERY,
    termMessages: EVERY,
  },
  "on the way, and through the texts": { glance: 4, frequent: 0, walk: 9, range: 0, terms: 0, texts: 33 },
  "by the hours of the hits, and by the counters": { held: 0, skip: 0, range: 0 },
  "one by one": { range: EVERY },
};

class File {
  readonly #database: DatabaseSync;
  readonly #indexer: Indexer;
  readonly path: string;
  known = 0;

  constructor(t: TestContext) {
    this.path = join(tempFolder(t), "app.db");
    const { database, close } = openMain(this.path);
    t.after(close);
    this.#database = database;
    this.#indexer = new Indexer(database, PART_MESSAGES);
  }

  add(messages: readonly Message[]): void {
    const rows = messages.map((m) => [m.message_id, m.from, m.to, m.ts, m.text] as const);
    this.#indexer.apply([{ seq: 1, messages: rows, conflicts: [] }]);
    this.known += messages.length;
    // In uneven steps, so that they end within parts as well as with them.
    while (this.#indexer.unsearchable() > LEFT_OUT) {
      this.#indexer.makeSearchable(Math.min(9, this.#indexer.unsearchable() - LEFT_OUT));
    }
  }

  tidyParts(): number {
    return Number(this.#database.prepare("SELECT count(*) AS n FROM parts WHERE tidy = 1").get()?.["n"]);
  }
}

function ask(reader: Reader, { filter, order, limit, offset }: Question): Page {
  const steps = reader.find(filterOf(filter), { order, limit, offset });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Without its needle, each question is one for the counters. */
function withoutNeedle({ filter, ...page }: Question): Question {
  const { q, ...others } = filter;
  assert.ok(q !== undefined);
  return { filter: others, ...page };
}

for (const [way, limits] of Object.entries(WAYS)) {
  test(`${way}: any question finds what a plain list finds, also once more when the file has grown`, (t) => {
    const seed = Number(process.env["READS_SEED"] ?? anySeed());
    t.diagnostic(`READS_SEED=${seed}`);
    const messages = searchInbox(MESSAGES, seed);
    const searches = fc.sample(questionOf(messages), { numRuns: QUESTIONS, seed });
    const questions = [...searches, ...searches.slice(0, QUESTIONS / 3).map(withoutNeedle)];
    const file = new File(t);
    const database = openForReading(file.path);
    t.after(() => database.close());
    const reader = new Reader(database, { ...LIMITS, ...limits });
    for (const upTo of [0.5, 0.6, 1]) {
      file.add(messages.slice(file.known, Math.floor(MESSAGES * upTo)));
      const there = messages.slice(0, file.known);
      for (const question of questions) {
        const expected = expectedOf(there, question);
        const { data, total } = ask(reader, question);
        const asked = JSON.stringify({ seed, messages: file.known, ...question });
        assert.deepEqual(data, expected.slice(question.offset, question.offset + question.limit), asked);
        assert.equal(total, expected.length, asked);
      }
    }
    t.diagnostic(`${file.tidyParts()} tidy parts`);
    assert.ok(file.tidyParts() >= TIDY_PARTS);
  });
}
