/** The list of the page, without a browser: whatever arrives, is erased and is scrolled to, in whatever order answers and news come. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers";
import { test } from "node:test";
import { Listing } from "../page/views/messages/listing/listing.ts";
import type { FetchPage } from "../page/views/messages/listing/paging.ts";
import type { Message } from "../src/message.ts";
import { eventually } from "./support/eventually.ts";
import { seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";

const ROUNDS = 25;
const STEPS = 60;
const IN_SIGHT = 20;

function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => void (left === 0 ? resolve() : turn(() => next(left - 1)));
    next(count);
  });
}

/** Newest first; of the same instant, as the ids say. */
function newestFirst(a: Message, b: Message): number {
  if (a.ts !== b.ts) return a.ts < b.ts ? 1 : -1;
  return Number(a.message_id < b.message_id) - Number(a.message_id > b.message_id);
}

/** What the service promises of GET /messages: an answer is of one moment between question and answer. */
class Model {
  messages: Message[] = [];
  readonly #delay: () => number;

  constructor(delay: () => number) {
    this.#delay = delay;
  }

  put(message: Message): void {
    this.messages = [...this.messages, message].toSorted(newestFirst);
  }

  readonly fetchPage: FetchPage = async ({ order, limit, cursor, offset = 0 }) => {
    await turns(this.#delay());
    const all = order === "desc" ? this.messages : this.messages.toReversed();
    const from = cursor === undefined ? offset : behind(all, order, cursor);
    const answer = {
      data: all.slice(from, from + limit),
      total: all.length,
      hasNext: all.length > from + limit,
    };
    await turns(this.#delay());
    return answer;
  };
}

function behind(all: readonly Message[], order: "asc" | "desc", cursor: string): number {
  const [seconds, , id] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as [number, number, string];
  const ts = new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
  const place = sampleMessage({ message_id: id, ts });
  const index = all.findIndex((message) => (order === "desc" ? 1 : -1) * newestFirst(message, place) > 0);
  return index === -1 ? all.length : index;
}

test("the list agrees with the service once all is told, its total too, and never shows neighbours that are none", async (t) => {
  const random = seededRandom(t, "LISTING_SEED");
  for (let round = 0; round < ROUNDS; round += 1) {
    const model = new Model(() => random.below(4));
    let made = 0;
    const arrive = (second: number): Message => {
      const ts = new Date(Date.UTC(2025, 0, 15) + second * 1_000).toISOString().replace(".000Z", "Z");
      const message = sampleMessage({ message_id: `m${made}`, ts });
      made += 1;
      model.put(message);
      return message;
    };
    for (let count = random.below(400); count > 0; count -= 1) arrive(made);
    const listing = new Listing(model.fetchPage, () => {
      const rows = listing.rows.map(({ message_id }) => message_id);
      assert.equal(new Set(rows).size, rows.length, "none is there twice");
      assert.deepEqual(
        rows,
        listing.rows.toSorted(newestFirst).map(({ message_id }) => message_id),
      );
    });
    t.after(() => listing.close());
    for (let step = 0; step < STEPS; step += 1) {
      const first = random.below(Math.max(1, listing.total));
      if (random.below(3) === 0) listing.look(random.below(2) * first, random.below(2) * first + 20);
      const isOld = random.below(8) === 0;
      const told = Array.from({ length: random.below(4) }, () =>
        arrive(isOld ? random.below(made + 1) : made + 400),
      );
      await turns(random.below(4));
      if (told.length > 0) listing.arrived(told);
      if (round % 2 === 0 && random.below(20) === 0)
        model.messages = model.messages.toSpliced(random.below(made), 1);
      if (random.below(15) === 0) listing.holdBack(random.below(2) === 0);
    }
    listing.holdBack(false);
    listing.recount();
    listing.look(0, IN_SIGHT);
    // Where nothing was erased, all that is held is as the service has it; else what is in sight.
    await eventually(`round ${round}: the newest, and the total`, () => {
      const held = listing.rows.slice(0, round % 2 === 1 ? undefined : IN_SIGHT);
      const expected = model.messages.slice(0, held.length);
      const isSame = held.every(({ message_id }, index) => message_id === expected[index]?.message_id);
      return (isSame && listing.total === model.messages.length) || undefined;
    });
    listing.close();
  }
});

test("held back, nothing that arrives comes into the list, and all of it is counted", async (t) => {
  const model = new Model(() => 1);
  const message = (second: number): Message =>
    sampleMessage({ message_id: `m${second}`, ts: `2025-01-15T10:${String(second + 10)}:00Z` });
  for (let second = 0; second < 10; second += 1) model.put(message(second));
  const listing = new Listing(model.fetchPage, () => undefined);
  t.after(() => listing.close());
  await eventually("the first", () => listing.isLoaded || undefined);
  listing.holdBack(true);
  for (const second of [20, 21, 22]) {
    model.put(message(second));
    listing.arrived([message(second)]);
  }
  await eventually("three to be counted", () => listing.heldBack === 3 || undefined);
  assert.deepEqual([listing.total, listing.at(0)?.message_id], [10, "m9"]);
  listing.holdBack(false);
  await eventually("all", () => listing.total === 13 || undefined);
  assert.deepEqual([listing.heldBack, listing.at(0)?.message_id], [0, "m22"]);
});

test("a look at the total also finds that one came for one that went", async (t) => {
  const model = new Model(() => 1);
  const message = (second: number): Message =>
    sampleMessage({ message_id: `m${second}`, ts: `2025-01-15T10:00:${String(second + 10)}Z` });
  for (let second = 0; second < 10; second += 1) model.put(message(second));
  const listing = new Listing(model.fetchPage, () => undefined);
  t.after(() => listing.close());
  await eventually("the first", () => listing.isLoaded || undefined);
  model.messages = model.messages.toSpliced(5, 1);
  model.put(message(20));
  listing.recount();
  await eventually("the one that came", () => listing.at(0)?.message_id === "m20" || undefined);
  assert.equal(listing.total, 10);
});

test("what came while it was held back is there behind it, also where as many went", async (t) => {
  const model = new Model(() => 1);
  const message = (second: number): Message =>
    sampleMessage({ message_id: `m${second}`, ts: `2025-01-15T10:00:${String(second + 10)}Z` });
  for (const second of [0, 1, 2, 4, 5]) model.put(message(second));
  const listing = new Listing(model.fetchPage, () => undefined);
  t.after(() => listing.close());
  await eventually("the first", () => listing.isLoaded || undefined);
  listing.holdBack(true);
  model.messages = model.messages.filter(({ message_id }) => message_id !== "m1");
  model.put(message(3));
  listing.arrived([message(3)]);
  await turns(20);
  listing.holdBack(false);
  await eventually("the one that came", () => listing.indexOf("m3") !== -1 || undefined);
  assert.deepEqual([listing.total, listing.indexOf("m1")], [5, -1]);
});

test("who scrolls on while what is in sight is asked for anew keeps what is in sight then", async (t) => {
  let held: Promise<void> | undefined;
  const model = new Model(() => 1);
  const message = (second: number): Message =>
    sampleMessage({
      message_id: `m${second}`,
      ts: new Date(Date.UTC(2025, 0, 15) + second * 1_000).toISOString().replace(".000Z", "Z"),
    });
  for (let second = 0; second < 400; second += 1) model.put(message(second));
  let asked = 0;
  const listing = new Listing(
    async (...of) => {
      const answer = await model.fetchPage(...of);
      asked += 1;
      await held;
      return answer;
    },
    () => undefined,
  );
  t.after(() => listing.close());
  await eventually("the first", () => listing.isLoaded || undefined);
  for (const first of [40, 80, 120, 160]) {
    listing.look(first, first + IN_SIGHT);
    await eventually("what is around", () => listing.at(first + IN_SIGHT + 59) !== undefined || undefined);
  }
  for (let second = 400; second < 550; second += 1) model.put(message(second));
  let release = (): void => undefined;
  held = new Promise((resolve) => (release = resolve));
  const before = asked;
  listing.outrun();
  await eventually("it to be asked", () => asked > before || undefined);
  const inSight = listing.at(235)?.message_id ?? assert.fail("it is held");
  listing.look(235, 235 + IN_SIGHT);
  release();
  held = undefined;
  await eventually("the total", () => {
    assert.notEqual(listing.indexOf(inSight), -1, "what is in sight is still held");
    return listing.total === 550 || undefined;
  });
  assert.equal(listing.indexOf(inSight), 235 + 150);
});
