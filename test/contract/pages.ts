import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { MessageFilter, Position } from "../../src/message.ts";
import type { Store } from "../../src/store/store.ts";
import * as arbitrary from "../support/arbitrary.ts";
import { Model } from "../support/model.ts";
import { sampleMessage } from "../support/sample.ts";
import { type CreateDatabase, EVERYTHING, idsOf, openEmpty } from "./database.ts";
import { filterOf, holding, instantOf, positionOf } from "./places.ts";

/** All that a filter finds, page by page, each behind the position that the page before gave. */
async function walk(
  store: Store,
  filter: MessageFilter,
  limit: number,
  order: "asc" | "desc",
): Promise<string[]> {
  const ids: string[] = [];
  let next: Position | null = null;
  do {
    const page = await store.find(filter, { limit, offset: 0, order, ...(next !== null && { after: next }) });
    ids.push(...page.data.map((message) => message.message_id));
    next = page.next;
  } while (next !== null);
  return ids;
}

export function pagePromises(create: CreateDatabase): void {
  test("a page begins strictly behind its position, also one that no message has", async (t) => {
    const store = await openEmpty(t, create);
    await holding(store, [
      { message_id: "b" },
      { message_id: "d" },
      { ts: "2025-01-15T10:00:00.5Z", message_id: "a" },
    ]);
    const behind = (message_id: string, order: "asc" | "desc"): Promise<string[]> =>
      idsOf(
        store.find({}, { ...EVERYTHING, order, after: { ...instantOf("2025-01-15T10:00:00Z"), message_id } }),
      );
    assert.deepEqual(await behind("b", "asc"), ["d", "a"]);
    assert.deepEqual(await behind("c", "asc"), ["d", "a"]);
    assert.deepEqual(await behind("e", "asc"), ["a"]);
    assert.deepEqual(await behind("", "asc"), ["b", "d", "a"]);
    assert.deepEqual(await behind("d", "desc"), ["b"]);
    assert.deepEqual(await behind("c", "desc"), ["b"]);
    assert.deepEqual(await behind("b", "desc"), []);
    const { total } = await store.find(
      {},
      { ...EVERYTHING, after: { ...instantOf("9999-12-31T23:59:59Z"), message_id: "z" } },
    );
    assert.equal(total, 3, "total counts the whole filter, not what is behind the position");
  });

  test("pages by position neither skip nor repeat while messages arrive", async (t) => {
    const store = await openEmpty(t, create);
    const there = await holding(
      store,
      Array.from({ length: 60 }, (_, index) => ({
        message_id: `k${index}`,
        ts: `2025-01-15T10:00:${String(index % 10).padStart(2, "0")}Z`,
      })),
    );
    let arrivals = 0;
    const walking = { isOn: true };
    const arriving = (async () => {
      while (walking.isOn) {
        arrivals += 1;
        // Before, among and behind what is being walked.
        const ts = `2025-01-15T10:00:${String(arrivals % 12).padStart(2, "0")}Z`;
        await store.append([
          sampleMessage({ message_id: `${arrivals % 2 === 0 ? "a" : "z"}${arrivals}`, ts }),
        ]);
      }
    })();
    for (const order of ["asc", "desc"] as const) {
      const walked = await walk(store, {}, 7, order);
      assert.equal(new Set(walked).size, walked.length, "none is repeated");
      const known = new Set(there.map((message) => message.message_id));
      const expected = (await idsOf(store.find({}, { ...EVERYTHING, order }))).filter((id) => known.has(id));
      assert.deepEqual(
        walked.filter((id) => known.has(id)),
        expected,
        "none is skipped, and their order holds",
      );
    }
    walking.isOn = false;
    await arriving;
    assert.ok(arrivals > 0);
  });

  test("any filter, order and page finds what a plain list would", async (t) => {
    const store = await openEmpty(t, create);
    const parties = ["+1", "+12", "whatsapp:+1", "Bank"];
    const ids = Array.from({ length: 200 }, (_, index) => String(index));
    const model = new Model();
    const sent = fc.sample(arbitrary.message(ids, parties), 300);
    const results = await store.append(sent);
    assert.deepEqual(
      results,
      sent.map((message) => model.append(message)),
    );
    assert.deepEqual(await store.stats(), model.stats());
    const page = fc.record({
      filter: arbitrary.filter(parties),
      limit: fc.integer({ min: 1, max: 40 }),
      offset: fc.nat(30),
      order: fc.constantFrom("asc" as const, "desc" as const),
    });
    await fc.assert(
      fc.asyncProperty(page, async ({ filter, limit, offset, order }) => {
        const expected = model.find(filter, order);
        const { data, total, next } = await store.find(filterOf(filter), { limit, offset, order });
        const onPage = expected.slice(offset, offset + limit);
        const last = onPage.at(-1);
        assert.deepEqual(data, onPage);
        assert.equal(total, expected.length);
        assert.deepEqual(
          next,
          last !== undefined && offset + limit < expected.length ? positionOf(last) : null,
        );
        const walked = await walk(store, filterOf(filter), limit, order);
        assert.deepEqual(
          walked,
          expected.map((message) => message.message_id),
        );
      }),
      { numRuns: 150 },
    );
  });
}
