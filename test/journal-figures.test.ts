import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { JournalDepth } from "../src/depth-gauges.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

test("what is acknowledged and not indexed yet is told, until it is indexed; a disk that cannot be asked too", async (t) => {
  let depth: (() => JournalDepth) | undefined;
  let free = (): number => 1e9;
  const options = { ...storeOptions(), onJournal: (told: () => JournalDepth) => void (depth = told) };
  const store = await openSqliteStore(join(tempFolder(t), "app.db"), options, () => free());
  t.after(() => store.close());
  await store.append([sampleMessage(), sampleMessage({ message_id: "m2" })]);
  const { bytes = 0, ...behind } = depth?.() ?? {};
  assert.ok(bytes > 100);
  assert.deepEqual(behind, {
    messages: 2,
    batches: 1,
    messagesMax: 100_000,
    bytesMax: 128 * 1024 * 1024,
    freeBytes: 1e9,
    reservedBytes: 32 * 1024 * 1024 + 4 * bytes,
  });
  await store.stats();
  free = () => {
    throw new Error("no such disk");
  };
  const { messages, bytes: left, batches, freeBytes } = depth?.() ?? {};
  assert.deepEqual([messages, left, batches, freeBytes], [0, 0, 0, Number.NaN]);
});
