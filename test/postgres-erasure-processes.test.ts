/** Erasing while several processes store, read and erase the same; and while connections break. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import type { Erased, Message } from "../src/message.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import type { Store } from "../src/store/store.ts";
import { allOf } from "./contract/database.ts";
import { type FaultKind, FAULTS, Proxy } from "./prove/postgres/proxy.ts";
import { differencesOf } from "./support/differences.ts";
import { Model } from "./support/model.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { inAnyOrder, type Random, seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

const PROCESSES = 3;
const ROUNDS = 12;
const IDS = 400;
const BATCH_MESSAGES = 40;
const SENDERS = ["+1", "+2", "+3"] as const;

/** The same id is always of the same sender; now and then its text is another. */
function messageOf(index: number, random: Random): Message {
  return sampleMessage({
    message_id: `m${index}`,
    from: SENDERS[index % SENDERS.length] ?? "",
    to: `+${8 + (index % 2)}`,
    ts: `2025-01-1${index % 4}T10:${String(index % 60).padStart(2, "0")}:00Z`,
    text: random.below(10) === 0 ? "another" : "Hello",
  });
}

test("of ids that three processes store while two of them erase them, none comes back, and every figure is exact", async (t) => {
  const random = seededRandom(t, "ERASURE_SEED");
  const database = await createPostgresDatabase(t);
  const stores = await Promise.all(Array.from({ length: PROCESSES }, () => database.open()));
  const created = new Map<string, number>();
  let erased = 0;
  const gone = new Set<string>();

  const send = async (store: Store, first: number): Promise<void> => {
    const ids = inAnyOrder(
      Array.from({ length: IDS }, (_, index) => first + index),
      random,
    );
    while (ids.length > 0) {
      const batch = ids.splice(0, BATCH_MESSAGES).map((index) => messageOf(index, random));
      const goneBefore = new Set(gone);
      const results = await store.append(batch);
      batch.forEach(({ message_id }, index) => {
        if (results[index] === "created") created.set(message_id, (created.get(message_id) ?? 0) + 1);
        if (goneBefore.has(message_id)) assert.equal(results[index], "duplicate", message_id);
      });
    }
  };
  const erase = async (store: Store, from: string): Promise<void> => {
    const before = [...created.keys()].filter((id) => SENDERS[Number(id.slice(1)) % SENDERS.length] === from);
    const { messages } = await store.erase({ from });
    erased += messages;
    for (const id of before) gone.add(id);
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    // Half of what was sent in the round before is sent once more.
    const first = (round * IDS) / 2;
    const from = random.pick(SENDERS);
    await Promise.all([
      ...stores.map((store) => send(store, first)),
      erase(stores[0] as Store, from),
      erase(stores[1] as Store, random.pick([from, ...SENDERS])),
    ]);
  }
  for (const [id, times] of created) assert.equal(times, 1, `${id} was created more than once`);
  const left = await allOf(stores[0] as Store);
  assert.equal(left.length + erased, created.size);
  assert.deepEqual(
    left.filter(({ message_id }) => gone.has(message_id)),
    [],
  );
  const model = new Model();
  for (const message of left) model.append(message);
  for (const store of stores) assert.deepEqual(await store.stats(), model.stats());
  assert.deepEqual(await differencesOf(database.url), []);
  assert.doesNotMatch(database.server.log(), /deadlock/i);
});

/** `silent` ends with the patience of whoever waits, which is long for what may vacuum a large table. */
const KINDS = FAULTS.filter((kind) => kind !== "silent" && kind !== "delayed");
const MESSAGES = 2_400;
/** What an erasure of a third of them takes at least, with those that prepare its connection. */
const STATEMENTS = 20;

test("an erasure whose connection breaks at any moment goes on when it is asked for again, and figures stay exact", async (t) => {
  const random = seededRandom(t, "ERASURE_SEED");
  const database = await createPostgresDatabase(t);
  const proxy = await Proxy.start(database.server.port);
  t.after(() => proxy.close());
  const proxied = await openPostgresStore(
    database.url.replace(`:${database.server.port}/`, `:${proxy.port}/`),
    { ...storeOptions(), onFailure: () => undefined },
  );
  t.after(() => proxied.close());
  const rejected: FaultKind[] = [];
  for (let round = 0; round < 2 * KINDS.length; round += 1) {
    const kind = KINDS[round % KINDS.length] as FaultKind;
    const batch = Array.from({ length: MESSAGES }, (_, index) => messageOf(round * MESSAGES + index, random));
    await proxied.append(batch);
    proxy.set({ kind, use: "lyftr erase", statementsLeft: random.below(STATEMENTS), delayMs: 0 });
    let erased: Erased | undefined;
    for (let tries = 0; erased === undefined; tries += 1) {
      assert.ok(tries < 10, `${kind}: it is refused for ever`);
      try {
        erased = await proxied.erase({ from: "+1" });
      } catch (error) {
        assert.ok(error instanceof AppError && error.code === "unavailable", String(error));
        rejected.push(kind);
      }
    }
    proxy.clear();
    const left = await allOf(proxied);
    assert.equal(left.filter(({ from }) => from === "+1").length, 0, kind);
    assert.equal(left.length, ((round + 1) * MESSAGES * 2) / 3, kind);
    assert.deepEqual(
      new Set(await proxied.append(batch.filter(({ from }) => from === "+1"))),
      new Set(["duplicate"]),
    );
    assert.deepEqual(await differencesOf(database.url), [], kind);
  }
  assert.equal(proxy.hits, 2 * KINDS.length, "each was struck");
  assert.ok(rejected.length > KINDS.length, `many are told: ${rejected.join()}`);
});
