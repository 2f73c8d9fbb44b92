/** Several processes on one database: stores that share nothing but the server are to it what processes are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../src/errors.ts";
import type { Message } from "../src/message.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import type { AppendResult, Store } from "../src/store/store.ts";
import { allOf } from "./contract/database.ts";
import { differencesOf } from "./support/differences.ts";
import { eventually } from "./support/eventually.ts";
import { createPostgresDatabase, startServerFor } from "./support/postgres.ts";
import { inAnyOrder, seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";

const PROCESSES = 3;
const OPENS = 10;

test("of an id sent to every process at the same moment one is created, and nobody waits in a circle", async (t) => {
  const random = seededRandom(t, "PROCESSES_SEED");
  const database = await createPostgresDatabase(t);
  const stores = await Promise.all(Array.from({ length: PROCESSES }, () => database.open()));
  const told = new Map<string, AppendResult[]>();
  const sent = new Map<string, Message[]>();
  const send = async (store: Store, batch: readonly Message[]): Promise<void> => {
    const results = await store.append(batch);
    batch.forEach((message, index) => {
      const result = results[index];
      assert.ok(result !== undefined);
      told.set(message.message_id, [...(told.get(message.message_id) ?? []), result]);
      sent.set(message.message_id, [...(sent.get(message.message_id) ?? []), message]);
    });
  };
  for (let round = 0; round < 25; round += 1) {
    // Every process gets every id, in an order of its own, cut into batches of its own; of every seventh, each another text.
    const ids = Array.from({ length: 60 }, (_, index) => `${round} ${index} ${random.below(1_000)}`);
    await Promise.all(
      stores.map(async (store, process) => {
        const messages = inAnyOrder(ids, random).map((message_id, index) =>
          sampleMessage({
            message_id,
            from: `+${index % 9}`,
            ts: `2025-01-15T10:${String(round).padStart(2, "0")}:00Z`,
            text: message_id.endsWith("7") ? `of ${process}` : "Hello",
          }),
        );
        const middle = random.below(messages.length);
        await Promise.all([send(store, messages.slice(0, middle)), send(store, messages.slice(middle))]);
      }),
    );
  }
  const [one, ...others] = stores as [Store, ...Store[]];
  const stored = new Map((await allOf(one)).map((message) => [message.message_id, message]));
  assert.equal(stored.size, told.size);
  for (const [id, results] of told) {
    assert.equal(results.length, PROCESSES);
    assert.equal(results.filter((result) => result === "created").length, 1, `${id}: ${results.join()}`);
    results.forEach((result, index) => {
      const message = sent.get(id)?.[index];
      const isSame = JSON.stringify(message) === JSON.stringify(stored.get(id));
      assert.equal(result === "conflict", !isSame, `${id}: ${results.join()}`);
    });
  }
  for (const store of others) assert.deepEqual(await store.stats(), await one.stats());
  assert.deepEqual(await differencesOf(database.url), []);
  assert.doesNotMatch(database.server.log(), /deadlock/i);
});

test("ten that start at once on an empty database all come up", async (t) => {
  const database = await createPostgresDatabase(t);
  const stores = await Promise.all(Array.from({ length: OPENS }, () => database.open()));
  await Promise.all(stores.map((store) => store.ready()));
  const results = await Promise.all(stores.map((store) => store.append([sampleMessage()])));
  assert.equal(results.flat().filter((result) => result === "created").length, 1);
  assert.deepEqual(await database.query("SELECT version FROM lyftr_schema"), [
    { version: readSchema().version },
  ]);
});

test("a server that dies under load loses nothing that was acknowledged, and is found again by itself", async (t) => {
  const server = await startServerFor(t);
  const database = await createPostgresDatabase(t, server);
  const stores = await Promise.all(
    Array.from({ length: PROCESSES }, () => database.openWith({ onFailure: () => undefined })),
  );
  const acknowledged: string[] = [];
  let refused = 0;
  const load = { isOn: true };
  const sender = async (store: Store, name: string): Promise<void> => {
    for (let count = 0; load.isOn; count += 1) {
      const batch = Array.from({ length: 5 }, (_, index) =>
        sampleMessage({ message_id: `${name} ${count} ${index}` }),
      );
      try {
        await store.append(batch);
        acknowledged.push(...batch.map(({ message_id }) => message_id));
      } catch (error) {
        assert.ok(error instanceof AppError && error.code === "unavailable", String(error));
        refused += 1;
        // As a sender would, and so that a refusal at once does not keep the test from its turn.
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
      }
    }
  };
  const loads = stores.flatMap((store, index) =>
    ["a", "b", "c"].map((name) => sender(store, `${index}${name}`)),
  );
  for (const how of ["kill", "fast", "kill"] as const) {
    const before = acknowledged.length;
    await eventually("some are acknowledged", () => acknowledged.length > before + 500 || undefined);
    await (how === "kill" ? server.stop("kill") : server.stop("fast"));
    const refusedBefore = refused;
    await eventually("senders are refused", () => refused > refusedBefore + 10 || undefined);
    for (const store of stores) {
      await assert.rejects(
        store.ready(),
        (error) => error instanceof AppError && error.code === "unavailable",
      );
    }
    await server.start();
    await eventually("all are ready again", () =>
      Promise.all(stores.map((store) => store.ready())).then(
        () => true,
        () => undefined,
      ),
    );
  }
  const before = acknowledged.length;
  await eventually("some more are acknowledged", () => acknowledged.length > before + 500 || undefined);
  load.isOn = false;
  await Promise.all(loads);
  const stored = new Set((await allOf(stores[0] as Store)).map(({ message_id }) => message_id));
  assert.deepEqual(
    acknowledged.filter((id) => !stored.has(id)),
    [],
  );
  assert.deepEqual(await differencesOf(database.url), []);
  assert.doesNotMatch(server.log(), /deadlock/i);
});
