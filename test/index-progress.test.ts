/** How the main file is kept behind the journal; the work itself is the test's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Advanced,
  IndexProgress,
  type Searchable,
  SEARCH_STEP_MESSAGES,
} from "../src/store/sqlite/progress.ts";

const PART = 10;
/** Longer than any delay of the progress. */
const LONG_MS = 10_000;

/** A file in which each advance applies at most PART batches of one message each. */
function createFile(journaled: () => number, untidySteps = 0) {
  const file = { seq: 0, searchable: 0, advances: 0 };
  let untidy = untidySteps;
  const unsearchable = (): number => file.seq - file.searchable;
  const work = {
    advance: (): Promise<Advanced> => {
      file.advances += 1;
      file.seq = Math.min(file.seq + PART, journaled());
      return Promise.resolve({ watermark: file.seq, unsearchable: unsearchable(), isUntidy: untidy > 0 });
    },
    makeSearchable: (): Promise<Searchable> => {
      file.searchable = Math.min(file.searchable + SEARCH_STEP_MESSAGES, file.seq);
      untidy = Math.max(0, untidy - 1);
      return Promise.resolve({ unsearchable: unsearchable(), isUntidy: untidy > 0 });
    },
  };
  return { file, work, untidySteps: () => untidy };
}

function ignore(error: unknown): void {
  assert.fail(String(error));
}

async function allTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

test("one delay gathers all that was journaled until then, however many parts it takes: a backlog cannot grow", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { file, work } = createFile(() => 35);
  const progress = new IndexProgress({ watermark: 0, unsearchable: 0, isUntidy: false }, 0, work, ignore);
  for (let seq = 1; seq <= 35; seq += 1) progress.journaled(seq);
  await allTurns();
  assert.equal(file.advances, 0, "nobody waits: what comes is gathered");
  t.mock.timers.tick(LONG_MS);
  await allTurns();
  assert.deepEqual(file, { seq: 35, searchable: 35, advances: 4 });
  assert.equal(progress.indexedSeq, 35);
});

test("who waits is not delayed; the texts are made searchable in a moment of rest", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { file, work } = createFile(() => 25);
  const progress = new IndexProgress({ watermark: 0, unsearchable: 0, isUntidy: false }, 0, work, ignore);
  progress.journaled(25);
  await progress.reached();
  await allTurns();
  assert.deepEqual(file, { seq: 25, searchable: 0, advances: 3 });
  t.mock.timers.tick(LONG_MS);
  await allTurns();
  assert.equal(file.searchable, 25);
});

test("what makes the search index quicker is done in a moment of rest, and not while someone waits", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { work, untidySteps } = createFile(() => 5, 3);
  const progress = new IndexProgress({ watermark: 0, unsearchable: 0, isUntidy: true }, 0, work, ignore);
  progress.journaled(5);
  await progress.reached();
  await allTurns();
  assert.equal(untidySteps(), 3);
  t.mock.timers.tick(LONG_MS);
  await allTurns();
  assert.equal(untidySteps(), 0);
  progress.stop();
});

test("who does not need the newest has nothing written earlier for it, once there is something", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let journaled = 5;
  const { file, work } = createFile(() => journaled);
  const progress = new IndexProgress({ watermark: 0, unsearchable: 0, isUntidy: false }, 0, work, ignore);
  progress.journaled(5);
  await progress.reached(LONG_MS);
  assert.equal(file.seq, 5, "nothing is known to be there: it is waited for");
  journaled = 8;
  progress.journaled(8);
  await progress.reached(LONG_MS);
  assert.equal(file.seq, 5);
  const newest = progress.reached();
  assert.equal(await newest.then(() => file.seq), 8);
  journaled = 9;
  progress.journaled(9);
  await progress.reached(Number.MIN_VALUE);
  assert.equal(file.seq, 9, "what is there is older than that");
  progress.stop();
});

test("texts that an earlier stop left out are made searchable without a message", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { file, work } = createFile(() => 5);
  file.seq = 5;
  const progress = new IndexProgress({ watermark: 5, unsearchable: 5, isUntidy: false }, 5, work, ignore);
  t.mock.timers.tick(LONG_MS);
  await allTurns();
  assert.equal(file.searchable, 5);
  progress.stop();
});

test("a journal that lacks what was answered is told, to whoever waits too, and tried again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let journaled = 3;
  const { work } = createFile(() => journaled);
  const failures: unknown[] = [];
  const progress = new IndexProgress({ watermark: 0, unsearchable: 0, isUntidy: false }, 0, work, (error) =>
    failures.push(error),
  );
  progress.journaled(5);
  await assert.rejects(progress.reached(), /nothing behind batch 3, but 5 was answered/);
  assert.equal(failures.length, 1);
  assert.equal(progress.failure, failures[0]);
  journaled = 5;
  t.mock.timers.tick(LONG_MS);
  await allTurns();
  assert.equal(progress.indexedSeq, 5);
  assert.equal(progress.failure, null);
});
