/** What the page makes of the events of the stream, without a browser: what is told, and when it leaves the stream for a while. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { AT_ONCE_MESSAGES_MAX, BEHIND_MESSAGES_MAX, behindRestMs } from "../page/behind.ts";
import { Telling } from "../page/telling.ts";
import { eventually } from "./support/eventually.ts";
import { sampleMessage } from "./support/sample.ts";

class Told {
  /** In the order in which they came; arrivals by their ids. */
  readonly all: string[] = [];
  readonly telling = new Telling({
    began: () => this.all.push("began"),
    arrived: (messages) => this.all.push(...messages.map(({ message_id }) => message_id)),
    looked: () => this.all.push("looked"),
  });
  #place = 0;

  constructor(t: TestContext) {
    t.after(() => this.telling.end());
  }

  /** Returns whether the stream is to go on. */
  place(event: "start" | "position", behind = 0): boolean {
    return this.telling.tell({ event, id: this.#next(), data: JSON.stringify({ behind }) });
  }

  message(message_id: string): boolean {
    const data = JSON.stringify(sampleMessage({ message_id }));
    return this.telling.tell({ event: "message", id: this.#next(), data });
  }

  reset(): boolean {
    return this.telling.tell({ event: "reset", id: this.telling.lastEventId, data: '{"reason":"moved"}' });
  }

  #next(): string {
    this.#place += 1;
    return `place-${this.#place}`;
  }
}

test("what comes within a moment is told at once, in its order", async (t) => {
  const told = new Told(t);
  assert.equal(told.place("start"), true);
  const ids = Array.from({ length: AT_ONCE_MESSAGES_MAX - 1 }, (_, index) => `m${index}`);
  for (const id of ids) assert.equal(told.message(id), true);
  assert.deepEqual(told.all, ["began"]);
  await eventually("all of them", () => told.all.length > ids.length || undefined);
  assert.deepEqual(told.all, ["began", ...ids]);
  assert.equal(told.telling.lastEventId, `place-${AT_ONCE_MESSAGES_MAX}`);
});

test("who is told too many in that moment leaves the stream, is told none of them, and begins anew", async (t) => {
  const told = new Told(t);
  told.place("start");
  const isKept = Array.from({ length: AT_ONCE_MESSAGES_MAX }, (_, index) => told.message(`m${index}`));
  assert.equal(isKept.indexOf(false), AT_ONCE_MESSAGES_MAX - 1);
  assert.equal(told.telling.lastEventId, "", "from now on, not behind what it was told");
  assert.equal(told.place("start"), true);
  told.message("behind");
  await eventually("what came then", () => told.all.includes("behind") || undefined);
  assert.deepEqual(told.all, ["began", "began", "behind"]);
});

test("so does who is far behind, where it begins or later", (t) => {
  const told = new Told(t);
  assert.equal(told.place("start", BEHIND_MESSAGES_MAX), false);
  assert.equal(told.place("start", BEHIND_MESSAGES_MAX - 1), true);
  assert.equal(told.place("position"), true);
  assert.equal(told.place("position", BEHIND_MESSAGES_MAX), false);
  assert.deepEqual(told.all, ["began", "looked"]);
});

test("a stream that comes again where it was has only to be looked behind; in another inbox it begins anew", (t) => {
  const told = new Told(t);
  told.place("start");
  assert.equal(told.place("start"), true);
  assert.equal(told.reset(), true);
  assert.equal(told.place("start"), true);
  assert.deepEqual(told.all, ["began", "looked", "began"]);
});

test("the rest is twice as long each time, up to the most, and short again for who had kept up for as long", () => {
  const rests = [0, 1, 2, 3, 4].reduce<number[]>(
    (before) => [...before, behindRestMs(before.at(-1) ?? 0, 50)],
    [],
  );
  assert.deepEqual(rests, [2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.equal(behindRestMs(10_000, 9_999), 10_000);
  assert.equal(behindRestMs(10_000, 10_000), 2_000);
});
