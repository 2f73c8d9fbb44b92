import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import type { Outcome } from "../src/message.ts";
import {
  BATCH_BYTES_MAX,
  BATCH_MESSAGES_MAX,
  createIngest,
  type Ingest,
  QUEUE_BYTES_MAX,
  QUEUE_MESSAGES_MAX,
} from "../src/webhook/ingest.ts";
import { createHeldStore, nextTurn } from "./support/held-store.ts";
import { sampleMessage } from "./support/sample.ts";
import { createSqliteDatabase } from "./support/sqlite.ts";

const NOTHING = { messages: 0, bytes: 0 };
const ignore = (): void => undefined;

function submit(ingest: Ingest, message_id: string, bytes = 1): Promise<Outcome> {
  return ingest.submit(sampleMessage({ message_id }), bytes);
}

function submitMany(ingest: Ingest, count: number): Promise<Outcome>[] {
  return Array.from({ length: count }, (_, index) => submit(ingest, `m${index}`));
}

function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === "unavailable";
}

test("the messages of one turn of the loop are one batch, in the order in which they came", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const outcomes = ["b", "a", "c"].map((id) => submit(ingest, id));
  assert.equal(store.appends.length, 0, "the turn is not over");
  await nextTurn();
  assert.deepEqual(
    store.appends.map(({ ids }) => ids),
    [["b", "a", "c"]],
  );
  store.appends[0]?.resolve(["created", "duplicate", "conflict"]);
  assert.deepEqual(await Promise.all(outcomes), ["created", "duplicate", "conflict"]);
});

test("one commit runs at a time, and the messages that arrive during it share the next", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const outcomes: Promise<Outcome>[] = [];
  for (const id of ["a", "b", "c", "d"]) {
    outcomes.push(submit(ingest, id));
    await nextTurn();
  }
  assert.equal(store.appends.length, 1);
  store.appends[0]?.resolve();
  assert.equal(await outcomes[0], "created");
  await nextTurn();
  store.appends[1]?.resolve();
  await Promise.all(outcomes);
  assert.deepEqual(
    store.appends.map(({ ids }) => ids),
    [["a"], ["b", "c", "d"]],
  );
});

test("no message is answered before its own commit is", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const answered: string[] = [];
  const outcomes = ["first", "second"].map(async (id, index) => {
    if (index === 1) await nextTurn();
    await submit(ingest, id);
    answered.push(id);
  });
  await nextTurn();
  await nextTurn();
  assert.deepEqual(answered, []);
  store.appends[0]?.resolve();
  await nextTurn();
  assert.deepEqual(answered, ["first"]);
  store.appends[1]?.resolve();
  await Promise.all(outcomes);
});

test("a commit that fails rejects exactly the messages of its batch, and the next batch works", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const failing = ["a", "b"].map((id) => submit(ingest, id));
  await nextTurn();
  const next = ["c", "a"].map((id) => submit(ingest, id));
  store.appends[0]?.reject(new AppError("unavailable", "the disk is full"));
  for (const outcome of failing) await assert.rejects(outcome, isUnavailable);
  await nextTurn();
  store.appends[1]?.resolve();
  assert.deepEqual(await Promise.all(next), ["created", "created"]);
  assert.deepEqual(ingest.depth(), NOTHING);
});

test("a store that throws instead of rejecting fails its batch alone as well", async () => {
  let isBroken = true;
  const append = (): Promise<readonly ["created"]> => {
    if (isBroken) throw new AppError("unavailable", "broken");
    return Promise.resolve(["created"]);
  };
  const ingest = createIngest({ append }, ignore);
  await assert.rejects(submit(ingest, "a"), isUnavailable);
  isBroken = false;
  assert.equal(await submit(ingest, "a"), "created");
});

test("a refused message fails its own sender alone", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const [before, refused, after] = ["a", "b", "c"].map((id) => submit(ingest, id));
  const failure = assert.rejects(refused ?? Promise.resolve(), (error) => {
    return error instanceof AppError && error.code === "internal" && error.message === "internal error";
  });
  await nextTurn();
  store.appends[0]?.resolve(["created", "refused", "duplicate"]);
  assert.deepEqual([await before, await after], ["created", "duplicate"]);
  await failure;
  assert.deepEqual(ingest.depth(), NOTHING);
});

test("the queue is bounded in messages: one more is unavailable at once, and none is lost", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const outcomes = submitMany(ingest, QUEUE_MESSAGES_MAX);
  await assert.rejects(submit(ingest, "too many"), isUnavailable);
  await nextTurn();
  await assert.rejects(submit(ingest, "still too many"), isUnavailable, "those being committed count");
  assert.deepEqual(ingest.depth(), { messages: QUEUE_MESSAGES_MAX, bytes: QUEUE_MESSAGES_MAX });

  store.appends[0]?.resolve();
  await outcomes[0];
  await nextTurn();
  outcomes.push(submit(ingest, "there is room again"));
  for (let index = 1; index < store.appends.length; index += 1) {
    store.appends[index]?.resolve();
    await nextTurn();
  }
  assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(["created"]));
  const stored = store.appends.flatMap(({ ids }) => ids);
  assert.equal(stored.length, QUEUE_MESSAGES_MAX + 1);
  assert.equal(new Set(stored).size, stored.length);
  assert.deepEqual(ingest.depth(), NOTHING);
});

test("the queue is bounded in bytes: what fits exactly is taken, a byte more is unavailable", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const first = submit(ingest, "a", QUEUE_BYTES_MAX - 10);
  await assert.rejects(submit(ingest, "b", 11), isUnavailable);
  const second = submit(ingest, "c", 10);
  await assert.rejects(submit(ingest, "d", 1), isUnavailable);
  assert.deepEqual(ingest.depth(), { messages: 2, bytes: QUEUE_BYTES_MAX });
  await nextTurn();
  store.appends[0]?.reject(new AppError("unavailable", "the disk is full"));
  await assert.rejects(first, isUnavailable);
  await nextTurn();
  store.appends[1]?.reject(new AppError("unavailable", "the disk is full"));
  await assert.rejects(second, isUnavailable);
  assert.deepEqual(ingest.depth(), NOTHING, "a commit that failed holds no room");
});

test("a batch is bounded in bytes, and holds one message at least; the others follow in order", async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const half = BATCH_BYTES_MAX / 2;
  const sizes = [half, half, 1, BATCH_BYTES_MAX + 1, 1, half];
  const outcomes = sizes.map((size, index) => submit(ingest, `m${index}`, size));
  for (let index = 0; index < 4; index += 1) {
    await nextTurn();
    store.appends[index]?.resolve();
  }
  await Promise.all(outcomes);
  assert.deepEqual(
    store.appends.map(({ ids }) => ids),
    [["m0", "m1"], ["m2"], ["m3"], ["m4", "m5"]],
  );
});

test(`a batch holds at most ${BATCH_MESSAGES_MAX} messages; the others follow in order`, async () => {
  const store = createHeldStore();
  const ingest = createIngest(store, ignore);
  const outcomes = submitMany(ingest, 2 * BATCH_MESSAGES_MAX + 1);
  for (let index = 0; index < 3; index += 1) {
    await nextTurn();
    store.appends[index]?.resolve();
  }
  await Promise.all(outcomes);
  assert.deepEqual(
    store.appends.map(({ ids }) => ids.length),
    [BATCH_MESSAGES_MAX, BATCH_MESSAGES_MAX, 1],
  );
  assert.deepEqual(
    store.appends.flatMap(({ ids }) => ids),
    outcomes.map((_, index) => `m${index}`),
  );
});

test("a message submitted the moment another is answered is not left behind", async (t) => {
  const store = await createSqliteDatabase(t).open();
  const ingest = createIngest(store, ignore);
  // Each in the continuation of the one before, where the commit is over and yet not quite.
  for (let index = 0; index < 100; index += 1) assert.equal(await submit(ingest, `m${index}`), "created");
  assert.equal((await store.stats()).total_messages, 100);
  assert.deepEqual(ingest.depth(), NOTHING);
});

test("thousands at once, many of one id, are each told the truth by a real store, in few commits", async (t) => {
  const store = await createSqliteDatabase(t).open();
  const commits: number[] = [];
  const ingest = createIngest(store, (messages, seconds) => {
    assert.ok(seconds >= 0);
    commits.push(messages);
  });
  const sent = Array.from({ length: 3000 }, (_, index) =>
    sampleMessage({ message_id: `m${index % 500}`, text: `content ${index % 1000 < 500 ? 1 : 2}` }),
  );
  const outcomes = await Promise.all(sent.map((message) => ingest.submit(message, 100)));
  // The first 500 are new, the next 500 differ from them, and so on in turn.
  assert.deepEqual(
    outcomes,
    sent.map((_, index) => (index < 500 ? "created" : index % 1000 < 500 ? "duplicate" : "conflict")),
  );
  assert.equal((await store.stats()).total_messages, 500);
  assert.deepEqual(commits, [1000, 1000, 1000]);
});

test("a message that a real store refuses fails alone among those of its turn", async (t) => {
  const store = await createSqliteDatabase(t).open();
  const ingest = createIngest(store, ignore);
  const bad = ingest.submit(sampleMessage({ message_id: "bad", text: "x".repeat(4097) }), 1);
  const failure = assert.rejects(bad, (error) => error instanceof AppError && error.code === "internal");
  const good = ["a", "b"].map((id) => submit(ingest, id));
  assert.deepEqual(await Promise.all(good), ["created", "created"]);
  await failure;
  assert.equal(await store.get("bad"), null);
});
