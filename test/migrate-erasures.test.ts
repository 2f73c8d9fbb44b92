/** What a move does about messages that were erased, and about ids that were forgotten since. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openToWrite } from "../src/cli/migrate-sides.ts";
import { bringErased } from "../src/move/erased.ts";
import { openStore } from "../src/store/open.ts";
import { ENGINES, type Engine } from "./support/engines.ts";
import { fill, WAYS } from "./support/migrate.ts";
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
