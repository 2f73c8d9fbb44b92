/** What each client of the stream costs, and what becomes of one that takes nothing: on real stores, with a clock of the test's own. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Message, MessageFilter } from "../src/message.ts";
import type { Store } from "../src/store/store.ts";
import type { Follower } from "../src/stream/follower.ts";
import { Streams } from "../src/stream/streams.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { sampleMessage } from "./support/sample.ts";
import { until } from "./support/until.ts";

const KIB = 1024;
/** What the answer keeps, and the one chunk that was too much for it. */
const KEPT_BYTES_MAX = (256 + 64) * KIB;

interface Setting {
  readonly streams: Streams;
  readonly store: Store;
  /** Reads of the store so far. */
  reads(): number;
  blocked(): number;
  /** Of each failure, whether the read before failed, too. */
  failures(): readonly boolean[];
  /** Milliseconds go by. */
  pass(ms: number): void;
}

async function set(t: TestContext, engine: (typeof ENGINES)[number]): Promise<Setting> {
  const store = await (await engine.create(t)).open();
  let [nowMs, reads, blocked] = [0, 0, 0];
  const failures: boolean[] = [];
  const streams = new Streams({
    store: {
      arrivals(...asked) {
        reads += 1;
        return store.arrivals(...asked);
      },
      countArrivals: (after) => store.countArrivals(after),
    },
    streamsMax: 100,
    now: () => nowMs,
    onFailure: (_error, again) => void failures.push(again),
    onBlocked: () => (blocked += 1),
  });
  t.after(() => streams.close());
  return {
    streams,
    store,
    reads: () => reads,
    blocked: () => blocked,
    failures: () => failures,
    pass: (ms) => void (nowMs += ms),
  };
}

/** What a client has read so far. */
class Reading {
  readonly follower: Follower;
  text = "";

  constructor(follower: Follower) {
    this.follower = follower;
    follower.body.setEncoding("utf8");
  }

  static async of({ streams }: Setting, filter: MessageFilter = {}): Promise<Reading> {
    return Reading.stalled(await streams.follow(filter, null)).go();
  }

  /** That reads nothing yet. */
  static stalled(follower: Follower): Reading {
    return new Reading(follower);
  }

  go(): this {
    this.follower.body.on("data", (text: string) => (this.text += text));
    return this;
  }

  get messages(): string[] {
    const found = this.text.matchAll(/event: message\ndata: (.*)\n/g);
    return [...found].map(([, data = ""]) => (JSON.parse(data) as Message).message_id);
  }

  get positions(): number {
    return this.text.split("event: position").length - 1;
  }
}

function many(count: number, text: string, from = 0): Message[] {
  return Array.from({ length: count }, (_, index) => sampleMessage({ message_id: `m${from + index}`, text }));
}

async function append(store: Store, messages: readonly Message[]): Promise<void> {
  for (let at = 0; at < messages.length; at += 100) await store.append(messages.slice(at, at + 100));
}

for (const engine of ENGINES) {
  test(`${engine.name}: who takes nothing holds up nobody, has little kept for it, and catches up when it does`, async (t) => {
    const setting = await set(t, engine);
    const slow = Reading.stalled(await setting.streams.follow({}, null));
    const quick = await Reading.of(setting);
    const messages = many(300, "😀".repeat(4_096));
    const ids = messages.map(({ message_id }) => message_id);
    await append(setting.store, messages);
    await until("the quick one to have all", () => quick.messages.length === ids.length);
    assert.ok(slow.follower.messages < 40, `${slow.follower.messages} were handed to it`);
    assert.ok(slow.follower.body.readableLength <= KEPT_BYTES_MAX, `${slow.follower.body.readableLength}`);
    slow.go();
    await until("the slow one to have all", () => slow.messages.length >= ids.length);
    assert.deepEqual(slow.messages.toSorted(), ids.toSorted());
    assert.deepEqual(slow.messages, quick.messages);
  });

  test(`${engine.name}: many that are where all has come cost one read a round, wherever they began`, async (t) => {
    const setting = await set(t, engine);
    const readings: Reading[] = [];
    for (let number = 0; number < 30; number += 1) {
      await append(setting.store, many(1, "text", number));
      readings.push(await Reading.of(setting, number % 2 === 0 ? {} : { q: "nothing" }));
    }
    const places = (): Set<string> => new Set(readings.map(({ follower }) => follower.place));
    await until("all to be at one place", () => places().size === 1);
    const before = setting.reads();
    await append(setting.store, many(1, "last", 100));
    await until("all to have it", () =>
      readings.every((reading, number) => number % 2 === 1 || reading.messages.at(-1) === "m100"),
    );
    await until("those as well who did not ask for it", () => places().size === 1);
    // Five rounds a second, for as long as a message may take to arrive; several reads for each would be hundreds.
    assert.ok(setting.reads() - before < 60, `${setting.reads() - before} reads`);
    for (const { follower } of readings) follower.body.destroy();
  });

  test(`${engine.name}: who is sent nothing for 15 s is told its place, so that it goes on from there`, async (t) => {
    const setting = await set(t, engine);
    const reading = await Reading.of(setting, { q: "never" });
    await append(setting.store, many(1_100, "text"));
    // Which waits until all of them can be read.
    await setting.store.stats();
    await eventually("all to be looked through", async () => {
      const behind = await setting.store.countArrivals(reading.follower.place);
      return behind === 0 || undefined;
    });
    setting.pass(14_999);
    const rounds = setting.reads();
    await until("some rounds", () => setting.reads() > rounds + 2);
    assert.equal(reading.positions, 0);
    setting.pass(1);
    await until("its place", () => reading.positions === 1);
    const [, id = ""] = /id: (\S+)\nevent: position\ndata: \{"behind":0\}\n\n$/.exec(reading.text) ?? [];
    assert.equal(id, reading.follower.place);
    assert.equal(await setting.store.countArrivals(id), 0);
  });

  test(`${engine.name}: who is far behind is told how far`, async (t) => {
    const setting = await set(t, engine);
    const begin = (await setting.store.arrivals(null, 1)).next;
    await append(setting.store, many(5_000, "text"));
    await eventually("all to arrive", async () => {
      return (await setting.store.countArrivals(begin)) === 5_000 || undefined;
    });
    const follower = await setting.streams.follow({ q: "never" }, begin);
    const reading = Reading.stalled(follower).go();
    setting.pass(1_000);
    await until("it is told", () => /event: position\ndata: \{"behind":[2-4]\d{3}\}/.test(reading.text));
    assert.match(reading.text, /^retry: 2000\n\nid: \S+\nevent: start\ndata: \{"behind":5000\}\n\n/);
  });
}

test("who takes nothing for a minute is cut off, and may come again from where it was", async (t) => {
  const [sqlite] = ENGINES;
  assert.ok(sqlite !== undefined);
  const setting = await set(t, sqlite);
  const slow = await setting.streams.follow({}, null);
  const quick = await Reading.of(setting);
  await append(setting.store, many(200, "x".repeat(4_096)));
  await until("more is there than it takes", () => slow.body.blockedSinceMs !== null);
  await until("the other has all", () => quick.messages.length === 200);
  setting.pass(59_999);
  const rounds = setting.reads();
  await until("some rounds", () => setting.reads() > rounds + 2);
  assert.equal(slow.body.destroyed, false);
  setting.pass(1);
  await until("it is cut off", () => slow.body.destroyed);
  assert.equal(setting.blocked(), 1);
  await until("it is forgotten", () => setting.streams.open === 1);
});

test("while the store cannot be read, streams wait, and each try is told; a new one is refused", async (t) => {
  const [sqlite] = ENGINES;
  assert.ok(sqlite !== undefined);
  const setting = await set(t, sqlite);
  const reading = await Reading.of(setting);
  await setting.store.close();
  const before = setting.reads();
  await until("it is tried again", () => setting.reads() > before + 2);
  await until("all of it is told", () => setting.failures().length > 2);
  assert.deepEqual(setting.failures().slice(0, 3), [false, true, true]);
  assert.ok(!reading.follower.body.destroyed);
  await assert.rejects(setting.streams.follow({}, null), { code: "unavailable" });
});

test("closed while some were handed what others were not yet, each ends behind the last message that it was told", async (t) => {
  const [sqlite = assert.fail()] = ENGINES;
  const store = await (await sqlite.create(t)).open();
  let nowMs = 0;
  const streams = new Streams({
    store,
    streamsMax: 100,
    // Each look at the clock is so late that every turn is given away.
    now: () => (nowMs += 100),
    onFailure: assert.fail,
    onBlocked: assert.fail,
  });
  t.after(() => streams.close());
  let isClosed = false;
  const readings: Reading[] = [];
  for (const text of ["one", "two", "three"]) {
    const reading = Reading.stalled(await streams.follow({ q: text }, null)).go();
    reading.follower.body.on("data", () => {
      if (isClosed || reading.messages.length === 0) return;
      isClosed = true;
      streams.close();
    });
    readings.push(reading);
  }
  await store.append([sampleMessage({ message_id: "m", text: "one two three" })]);
  await until("all are ended", () => readings.every(({ follower }) => follower.body.readableEnded));
  assert.ok(isClosed);
  assert.ok(readings.some(({ messages }) => messages.length === 1));
  for (const { text } of readings) {
    const ids = [...text.matchAll(/^id: (.*)\nevent: (.*)$/gm)].map(([, id = "", event]) => ({ id, event }));
    const told = ids.find(({ event }) => event === "message");
    if (told !== undefined) assert.equal(ids.at(-1)?.id, told.id);
  }
});

test("one that was ended and takes nothing more is cut off, and makes room", async (t) => {
  const [sqlite = assert.fail()] = ENGINES;
  const setting = await set(t, sqlite);
  const gone = await setting.streams.follow({}, null);
  await Reading.of(setting);
  gone.end(0);
  assert.equal(setting.streams.open, 2);
  setting.pass(60_000);
  await until("it is forgotten", () => setting.streams.open === 1);
  assert.ok(gone.body.destroyed);
});
