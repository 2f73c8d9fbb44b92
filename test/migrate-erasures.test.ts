/** What a move does about messages that were erased, and about ids that were forgotten since. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openToWrite } from "../src/cli/migrate-sides.ts";
import type { Message } from "../src/message.ts";
import { bringErased } from "../src/move/erased.ts";
import { openStore } from "../src/store/open.ts";
import { allOf } from "./contract/database.ts";
import { ENGINES, type Engine } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { assertDone, fill, INBOXES, runMigrate, verdict, WAYS } from "./support/migrate.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

function engineOf(wanted: string): Engine {
  const engine = ENGINES.find(({ name }) => name === wanted);
  assert.ok(engine !== undefined);
  return engine;
}

const UNHEARD = {
  signal: new AbortController().signal,
  begin: () => undefined,
  show: () => undefined,
};

/** More than either engine takes in one of its steps. */
const ERASED = 1_100;

for (const [from, to] of WAYS) {
  test(`from ${from} to ${to}: many that were erased in the source go from the target in one erasure`, async (t) => {
    const [source, target] = [await engineOf(from).locate(t), await engineOf(to).locate(t)];
    const messages = Array.from({ length: ERASED + 50 }, (_, index) =>
      sampleMessage({
        message_id: `m${index}`,
        from: index < ERASED ? "+1" : "+2",
        ts: `2025-01-15T10:${String(index % 60).padStart(2, "0")}:00Z`,
      }),
    );
    for (const place of [source, target]) {
      const store = await openStore(place, storeOptions());
      await fill(store, messages);
      if (place === source) await store.erase({ from: "+1" });
      await store.close();
    }
    const { sides, close } = await openToWrite({ from: source, to: target });
    try {
      let erasures = 0;
      const store: typeof sides.store = {
        ...sides.store,
        erase(filter) {
          erasures += 1;
          return sides.store.erase(filter);
        },
      };
      assert.deepEqual(await bringErased({ ...sides, store }, UNHEARD), { known: ERASED, erased: ERASED });
      assert.equal(erasures, 1);
      assert.equal((await store.stats()).total_messages, 50);
      assert.deepEqual(await bringErased({ ...sides, store }, UNHEARD), { known: ERASED, erased: 0 });
      assert.equal(erasures, 1, "nothing is left to erase");
    } finally {
      await close();
    }
  });
}

const DAY_MS = 86_400_000;
const ERASED_MS = Date.parse("2025-06-10T12:00:00Z");

for (const [from, to] of WAYS) {
  test(`from ${from} to ${to}: an id that the source erased, forgot and took anew is there too, and what is known stays known`, async (t) => {
    const [source, target] = [await INBOXES[from](t), await INBOXES[to](t)];
    const messages = Array.from({ length: 6 }, (_, index) =>
      sampleMessage({ message_id: `m${index}`, ts: `2025-01-1${index}T10:00:00Z` }),
    );
    const [first, taken] = messages as [Message, Message];
    const before = await source.open(() => ERASED_MS);
    await fill(before, messages);
    await before.erase({ message_ids: ["m1", "m2", "m3"] });
    await before.close();
    assertDone(await runMigrate(t, source.url, target.url));

    const again = { ...taken, text: "taken anew" };
    const second = await source.open(() => ERASED_MS + 9 * DAY_MS, { dedupeDays: 7 });
    await eventually("the id to be forgotten", async () =>
      (await second.append([again]))[0] === "created" ? true : undefined,
    );
    await second.erase({ message_ids: ["m4"] });
    await second.close();
    // As one that erases by itself once it has been moved to: not because of the source, which still has the message.
    const own = await target.open(() => ERASED_MS + 9 * DAY_MS);
    await own.erase({ message_ids: ["m5"] });
    await own.close();

    const moved = await runMigrate(t, source.url, target.url);
    assert.match(moved.stdout, /^copied {4}1 message, /m);
    assert.match(verdict(moved), /^not done: .* differs in 1 message$/);
    assert.match(moved.stdout, /^DIFFERS {3}message m5 is missing in the target$/m);
    const later = await target.open(() => ERASED_MS + 9 * DAY_MS);
    assert.deepEqual(await allOf(later), [first, again]);
    assert.deepEqual(await later.append(messages), [
      "duplicate",
      "conflict",
      "duplicate",
      "duplicate",
      "duplicate",
      "duplicate",
    ]);
    await later.close();
    await target.assertExact();
  });
}
