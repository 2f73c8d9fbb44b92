/** What src/store/move.ts promises, asked of both engines. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Message, Position } from "../src/message.ts";
import type { ConflictKey } from "../src/store/conflict.ts";
import { ALL_TIME, type MoveReader } from "../src/store/move.ts";
import { openMoveReader, openStore } from "../src/store/open.ts";
import { startOf } from "../src/store/periods.ts";
import { instantOf, positionOf } from "./contract/places.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { fill, manyMessages } from "./support/migrate.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

function compare(a: Message, b: Message): number {
  const [x, y] = [positionOf(a), positionOf(b)];
  const bytes = Buffer.compare(Buffer.from(a.message_id), Buffer.from(b.message_id));
  return x.seconds - y.seconds || x.nanos - y.nanos || bytes;
}

async function pages(reader: MoveReader, range: typeof ALL_TIME, limit: number): Promise<Message[]> {
  const found: Message[] = [];
  let after: Position | null = null;
  for (;;) {
    const page: readonly Message[] = await reader.inOrder(range, after, limit);
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return found;
    after = positionOf(last);
  }
}

function countsOf(messages: readonly Message[], width: number): { start: number; messages: number }[] {
  const counts = new Map<number, number>();
  for (const { ts } of messages) {
    const start = startOf(instantOf(ts).seconds, width);
    counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  return [...counts].toSorted(([a], [b]) => a - b).map(([start, n]) => ({ start, messages: n }));
}

for (const { name, locate } of ENGINES) {
  describe(`a move reads ${name}`, () => {
    test("in order, page by page, in any range, and by ids", async (t) => {
      const location = await locate(t);
      const messages = manyMessages(300).toSorted(compare);
      const store = await openStore(location, storeOptions());
      await fill(store, messages.toReversed());
      await store.close();
      const reader = await openMoveReader(location);
      try {
        for (const limit of [1, 7, 300, 1_000])
          assert.deepEqual(await pages(reader, ALL_TIME, limit), messages, String(limit));
        const [since = 0, until = 0] = [messages[40], messages[220]].map(
          (one) => one && positionOf(one).seconds,
        );
        const within = messages.filter(({ ts }) => {
          const { seconds } = instantOf(ts);
          return seconds >= since && seconds < until;
        });
        assert.ok(within.length > 100);
        assert.deepEqual(await pages(reader, { since, until }, 11), within);
        const some = messages.filter((_, index) => index % 3 === 0);
        const found = await reader.byIds([...some.map(({ message_id }) => message_id), "unknown"]);
        assert.deepEqual(found.toSorted(compare), some);
        assert.deepEqual(await reader.byIds([]), []);
      } finally {
        await reader.close();
      }
    });

    test("how many messages each day, hour and minute has, beside the engine that takes more", async (t) => {
      const location = await locate(t);
      const store = await openStore(location, storeOptions());
      const reader = await openMoveReader(location);
      try {
        const messages: Message[] = [];
        for (const batch of [manyMessages(100), [sampleMessage({ message_id: "one more" })]]) {
          await store.append(batch);
          await store.stats();
          messages.push(...batch);
          for (const width of [86_400, 3_600, 60]) {
            const expected = countsOf(messages, width);
            assert.deepEqual(await reader.periods(width, ALL_TIME), expected);
            const [first] = expected;
            const range = { since: first?.start ?? 0, until: (first?.start ?? 0) + width };
            assert.deepEqual(await reader.periods(width, range), [first]);
          }
        }
        assert.equal(await reader.isServed(), true);
        await store.close();
        await eventually("the engine is gone", async () => !(await reader.isServed()) || undefined);
      } finally {
        await reader.close();
        await store.close();
      }
    });

    test("its place is its own", async (t) => {
      const [one, other] = [await locate(t), await locate(t)];
      for (const location of [one, other]) await (await openStore(location, storeOptions())).close();
      const readers = await Promise.all([one, one, other].map((location) => openMoveReader(location)));
      const [first, again, another] = await Promise.all(readers.map((reader) => reader.place()));
      await Promise.all(readers.map((reader) => reader.close()));
      assert.equal(first, again);
      assert.notEqual(first, another);
    });

    test("it tells what was forgotten, by age or because an id was taken anew", async (t) => {
      const location = await locate(t);
      const day = 20_000;
      const options = storeOptions(() => day * 86_400_000);
      const messages = ["a", "b", "c"].map((message_id) => sampleMessage({ message_id }));
      const store = await openStore(location, options);
      const reader = await openMoveReader(location);
      try {
        await fill(store, messages);
        await store.erase({ message_ids: ["a", "b"] });
        assert.equal(await reader.forgottenDay(), 0);
        assert.equal(await store.forgetErased(["a", "c", "none"], day), 0, "none was erased before");
        assert.equal(await reader.forgottenDay(), 0);
        assert.equal(await store.forgetErased(["a", "c", "none"], day + 1), 1);
        assert.equal(await reader.forgottenDay(), day + 1);
        assert.deepEqual(await reader.erasedAmong(["a", "b", "c"]), ["b"]);
        assert.deepEqual(await store.append(messages), ["created", "duplicate", "duplicate"]);
        await store.close();
        const now = (day + 50) * 86_400_000;
        const again = await openStore(location, { ...storeOptions(() => now), dedupeDays: 7 });
        await eventually("it to be told", async () => (await reader.forgottenDay()) > day + 1 || undefined);
        assert.equal(await reader.forgottenDay(), day + 43);
        await again.close();
      } finally {
        await reader.close();
        await store.close();
      }
    });

    test("conflicts are read page by page, and kept by another once, however often they are brought", async (t) => {
      const location = await locate(t);
      const store = await openStore(location, storeOptions());
      const reader = await openMoveReader(location);
      try {
        const records = Array.from({ length: 5 }, (_, index) => ({
          message_id: `m${Math.floor(index / 2)}`,
          laterHash: String(index).repeat(64),
          firstHash: "ab".repeat(32),
          differs: "from,text",
          firstMs: 2_000,
          lastMs: 3_000,
          times: 2,
        }));
        await store.keepConflicts(records.toReversed());
        await store.keepConflicts(records);
        const earlier = { ...records[1], firstMs: 1_000, lastMs: 2_500, times: 1 } as (typeof records)[0];
        const later = { ...records[1], firstMs: 2_500, lastMs: 9_000, times: 7 } as (typeof records)[0];
        await store.keepConflicts([earlier]);
        await store.keepConflicts([later]);
        const found = [];
        for (let after: ConflictKey | null = null; ;) {
          const page: typeof records = [...(await reader.conflicts(after, 2))];
          found.push(...page);
          after = page.at(-1) ?? null;
          if (after === null) break;
        }
        records[1] = { ...earlier, lastMs: 9_000, times: 7 };
        assert.deepEqual(found, records);
      } finally {
        await reader.close();
        await store.close();
      }
    });
  });
}
