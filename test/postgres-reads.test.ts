/** Each way of a read, forced by small limits, while some messages are counted and some wait to be. Beside a plain list. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Client } from "pg";
import type { Message, TimelineBucket } from "../src/message.ts";
import { recount, RECOUNTS } from "../src/store/postgres/check/recounts.ts";
import { countUncounted } from "../src/store/postgres/counters.ts";
import { LIMITS, type Limits } from "../src/store/postgres/plan.ts";
import { Queries } from "../src/store/postgres/queries.ts";
import { Reader } from "../src/store/postgres/reader.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { rememberedTotals } from "../src/store/postgres/totals.ts";
import type { Store } from "../src/store/store.ts";
import { filterOf, instantOf } from "./contract/places.ts";
import { eventually } from "./support/eventually.ts";
import { matches, Model, timelineOf } from "./support/model.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { anySeed } from "./support/random.ts";
import { searchInbox } from "./support/search-inbox.ts";
import { agreesWithModel } from "./support/search-model.ts";
import { type Question, questionOf } from "./support/search-question.ts";

const MESSAGES = 600;
const QUESTIONS = 120;
const KNOWN = readSchema().version;

const WAYS: Readonly<Record<string, Limits>> = {
  "as usual": LIMITS,
  "the walk gives up, and every offset is skipped to": { walk: 3, skip: 0 },
  "no walk": { walk: 0, skip: 7 },
};

function withoutNeedle({ filter, ...page }: Question): Question {
  const { q: _needle, ...others } = filter;
  return { filter: others, ...page };
}

function readerAsStore(reader: Reader): Store {
  return reader as unknown as Store;
}

test("every way of a read finds what a plain list finds, whatever is counted so far", async (t) => {
  const seed = Number(process.env["SEARCH_SEED"] ?? anySeed());
  t.diagnostic(`SEARCH_SEED=${seed}`);
  const database = await createPostgresDatabase(t);
  const store = await database.open();
  const messages = searchInbox(MESSAGES, seed);
  const client = new Client({ connectionString: database.url });
  t.after(() => client.end());
  await client.connect();

  const asked = fc.sample(questionOf(messages), { numRuns: QUESTIONS, seed });
  const remembered = rememberedTotals();
  const look = async (there: readonly Message[], questions: readonly Question[]): Promise<void> => {
    for (const limits of Object.values(WAYS)) {
      const reader = new Reader(new Queries(client), limits, remembered);
      for (const question of questions) {
        await agreesWithModel(readerAsStore(reader), there, question);
        await agreesWithModel(readerAsStore(reader), there, withoutNeedle(question));
        await agreesOnTime(reader, there, question);
      }
      await agreesOnStats(reader, there);
    }
    for (const each of RECOUNTS)
      assert.deepEqual((await recount(new Queries(client), each)).differences, [], each.name);
  };

  await t.test("none is counted", async () => {
    await store.append(messages.slice(0, 300));
    await look(messages.slice(0, 300), asked.slice(0, 30));
  });
  await t.test("some are", async () => {
    await countUncounted(client, KNOWN);
    await store.append(messages.slice(300));
    await look(messages, asked.slice(0, 90));
  });
  await t.test("all are", async () => {
    // The store counts as well, and holds the lock while it does.
    await eventually("all are counted", async () =>
      (await countUncounted(client, KNOWN)) === 0 ? true : undefined,
    );
    await look(messages, asked.slice(90));
  });
});

async function agreesOnTime(reader: Reader, there: readonly Message[], { filter }: Question): Promise<void> {
  const { q: _needle, to: _to, ...others } = filter;
  for (const bucket of ["hour", "day"] as const) {
    const expected = timelineOf(
      there.filter((message) => matches(message, others)),
      bucket,
    ).map(({ start, count }): TimelineBucket => ({ seconds: instantOf(start).seconds, count }));
    const found = await reader.timeline({ ...filterOf(others), bucket, limit: 100_000 });
    assert.deepEqual(found, expected, JSON.stringify({ bucket, others }));
  }
}

async function agreesOnStats(reader: Reader, there: readonly Message[]): Promise<void> {
  const model = new Model();
  for (const message of there) model.append(message);
  assert.deepEqual(await reader.stats(), model.stats());
}
