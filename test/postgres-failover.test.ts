/** Two servers of which either may serve: what a process does when they change places, also where the old primary is still there. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { AppError } from "../src/errors.ts";
import { countAll } from "../src/move/differing.ts";
import { openMoveReader } from "../src/store/open.ts";
import { openPostgresStore } from "../src/store/postgres/store.ts";
import type { Store } from "../src/store/store.ts";
import { EVERYTHING } from "./contract/database.ts";
import { askDatabase } from "./support/ask-database.ts";
import { eventually } from "./support/eventually.ts";
import { Pair } from "./support/postgres-pair.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

const [M1, M2, M3] = ["m1", "m2", "m3"].map((message_id) => sampleMessage({ message_id })) as [
  ReturnType<typeof sampleMessage>,
  ReturnType<typeof sampleMessage>,
  ReturnType<typeof sampleMessage>,
];

async function startPair(t: TestContext): Promise<Pair> {
  // Registered first, tempFolder's end would come first: the servers have to end before their folder.
  const folder = mkdtempSync(join(tmpdir(), "lyftr-pair-"));
  const pair = await Pair.start(join(folder, "pair"));
  t.after(async () => {
    await pair.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return pair;
}

async function openOn(t: TestContext, pair: Pair): Promise<Store> {
  const store = await openPostgresStore(pair.url, { ...storeOptions(), onFailure: () => undefined });
  t.after(() => store.close());
  return store;
}

function taken(store: Store, message: typeof M1): Promise<string> {
  return eventually("the message is taken", () =>
    store.append([message]).then(
      ([result]) => result,
      () => undefined,
    ),
  );
}

async function set(pair: Pair, setting: string): Promise<void> {
  await pair.ask(`ALTER SYSTEM SET ${setting}`, "postgres");
  await pair.ask("SELECT pg_reload_conf()", "postgres");
}

test("a primary of before the failover that comes back is refused, also while no other is there", async (t) => {
  const pair = await startPair(t);
  const store = await openOn(t, pair);
  assert.deepEqual(await store.append([M1]), ["created"]);
  await set(pair, "synchronous_standby_names = ''");
  await pair.lose();
  await pair.promote();
  assert.equal(await taken(store, M2), "created");
  await pair.former.start();
  await pair.primary.stop("fast");
  const reason = await eventually("the old primary is met", () =>
    store.append([M3]).then(
      (results) => assert.fail(`the old primary answered ${results.join()}`),
      (error: unknown) => {
        const { reason = "" } = error as AppError;
        return reason.includes("before a failover") ? reason : undefined;
      },
    ),
  );
  assert.match(reason, /timeline is 1, that of the one that took over 2/);
  await assert.rejects(store.get("m1"), (error) => error instanceof AppError && error.code === "unavailable");
  await pair.primary.start();
  assert.equal(await taken(store, M2), "duplicate");
  assert.equal(await taken(store, M3), "created");
  const held = await pair.ask("SELECT message_id FROM messages ORDER BY 1");
  assert.deepEqual(
    held.map(({ message_id }) => message_id),
    ["m1", "m2", "m3"],
  );
  // Nor does one that starts now choose it.
  const fresh = await openOn(t, pair);
  assert.equal((await fresh.stats()).total_messages, 3);
});

test("after a switchover reads follow at once, though the old primary still answers them", async (t) => {
  const pair = await startPair(t);
  const store = await openOn(t, pair);
  await store.append([M1]);
  await Promise.all(Array.from({ length: 4 }, () => store.stats()));
  await set(pair, "default_transaction_read_only = on");
  await eventually("it takes no writes any more", async () => {
    const [row] = await pair.ask("SELECT current_setting('transaction_read_only') AS read_only");
    return row?.["read_only"] === "on" || undefined;
  });
  await pair.promote();
  assert.equal(await taken(store, M2), "created");
  assert.deepEqual(await store.get("m2"), M2);
  assert.equal((await store.find({}, EVERYTHING)).total, 2);
  const reader = await openMoveReader({ engine: "postgres", url: pair.url });
  t.after(() => reader.close());
  assert.equal(await countAll(reader), 2);
  assert.equal(await reader.isServed(), true);
});

test("a primary that waits for a standby that was promoted is left, and keeps no connection for what it never answers", async (t) => {
  const pair = await startPair(t);
  const store = await openOn(t, pair);
  await store.append([M1]);
  await store.stats();
  await pair.promote();
  const former = pair.former.urlOf("lyftr");
  await assert.rejects(store.append([M2]));
  assert.equal(await taken(store, M2), "created");
  assert.deepEqual(await store.get("m2"), M2);
  assert.equal((await pair.ask("SELECT FROM messages WHERE message_id = 'm2'")).length, 1);
  await eventually("the old one waits for nobody", async () => {
    const waiting = await askDatabase(
      former,
      "SELECT FROM pg_stat_activity WHERE application_name = 'lyftr append'",
    );
    return waiting.length === 0 || undefined;
  });
});
