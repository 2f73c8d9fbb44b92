/**
 * Search beside a plain list (support/search-model.ts): in texts of every script, for needles of every length, with
 * every filter, order and page. SEARCH_RUNS asks for more questions than the default, SEARCH_SEED for those of another run;
 * a failure prints its seed and the shortest question found.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { openEmpty } from "./contract/database.ts";
import { startAppOver } from "./support/app.ts";
import { request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { encode, walk } from "./support/listing.ts";
import { anySeed } from "./support/random.ts";
import { searchInbox } from "./support/search-inbox.ts";
import { agreesWithModel, expectedOf } from "./support/search-model.ts";
import { NEEDLE_POINTS_MAX, needleOf, type Question, questionOf } from "./support/search-question.ts";

/** Enough for a search index to be in several parts, and for a needle to be in thousands of texts. */
const MESSAGES = 2_300;
/** Of them, how many come one batch at a time, while questions are asked. */
const ARRIVING = 200;
const BATCH = 20;
const RUNS_ASKED_FOR = process.env["SEARCH_RUNS"];
/** What the suite can spare; a number of runs that was asked for is run to its end. */
const LIMITS =
  RUNS_ASKED_FOR === undefined
    ? { numRuns: 250, interruptAfterTimeLimit: 10_000 }
    : { numRuns: Number(RUNS_ASKED_FOR) };

for (const { name, create } of ENGINES) {
  test(`${name}: search finds what a plain list finds`, async (t) => {
    const seed = Number(process.env["SEARCH_SEED"] ?? anySeed());
    t.diagnostic(`SEARCH_SEED=${seed}`);
    const messages = searchInbox(MESSAGES, seed);
    const store = await openEmpty(t, create);
    const question = questionOf(messages);
    const { url } = await startAppOver(t, store);

    await t.test("as soon as the messages are there", async () => {
      await store.append(messages.slice(0, MESSAGES - ARRIVING));
      for (let known = MESSAGES - ARRIVING; known < MESSAGES; known += BATCH) {
        const batch = messages.slice(known, known + BATCH);
        await store.append(batch);
        const there = messages.slice(0, known + BATCH);
        // About the newest, which are where a search index is not yet.
        for (const asked of fc.sample(questionOf(batch), { numRuns: 3, seed: seed + known })) {
          await agreesWithModel(store, there, asked);
        }
      }
    });

    await t.test("for needles of every length", async () => {
      const texts = messages.flatMap(({ text }) => text || []);
      const long = texts.filter((text) => Array.from(text).length >= NEEDLE_POINTS_MAX);
      for (let length = 1; length <= NEEDLE_POINTS_MAX; length += 1) {
        // The short ones are where most texts, and most ways to look for them, meet.
        const [cutFrom, numRuns] = length <= 8 ? [texts, 12] : [long, 1];
        for (const q of fc.sample(needleOf(cutFrom, length), { numRuns, seed: seed + length })) {
          await agreesWithModel(store, messages, { filter: { q }, order: "asc", limit: 100, offset: 0 });
        }
      }
    });

    await t.test("with any filter, order and page", async (t) => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(question, async (asked) => {
          runs += 1;
          await agreesWithModel(store, messages, asked);
        }),
        { ...LIMITS, seed },
      );
      t.diagnostic(`${runs} questions`);
    });

    await t.test("over HTTP, by offset and by following the links", async () => {
      await fc.assert(
        fc.asyncProperty(question, async (asked) => {
          const { filter, order, limit, offset } = asked;
          const expected = expectedOf(messages, asked);
          const query = encode({ ...filter, order, limit: String(limit) });
          const answer = await request(`${url}/messages?${query}&offset=${offset}`);
          const data = expected.slice(offset, offset + limit);
          assert.deepEqual(answer.json, { data, total: expected.length, limit, offset });
          await assertLinks(
            url,
            asked,
            expected.map(({ message_id }) => message_id),
          );
        }),
        { ...LIMITS, numRuns: Math.ceil(LIMITS.numRuns / 5), seed: seed + 1 },
      );
    });
  });
}

/** Of the pages before the end, so many as are worth their time. */
async function assertLinks(
  url: string,
  { filter, order, limit }: Question,
  expected: readonly string[],
): Promise<void> {
  const PAGES = 10;
  const offset = Math.max(0, expected.length - PAGES * limit);
  const { ids, pages } = await walk(
    url,
    encode({ ...filter, order, limit: String(limit), offset: String(offset) }),
  );
  assert.deepEqual(ids, expected.slice(offset), "following the links");
  for (const { total } of pages) assert.equal(total, expected.length);
}
