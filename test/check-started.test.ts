import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckStep } from "../src/store/check.ts";
import { checkFile } from "../src/store/sqlite/check/checks.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import type { Store } from "../src/store/store.ts";
import { makeCheckedFile } from "./support/checked.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";

test("when the service is started amid a check, what was read of a file that changed is read again", async (t) => {
  const path = makeCheckedFile(t);
  const steps: CheckStep[] = [];
  let store: Store | undefined;
  for (const step of checkFile(path)) {
    steps.push(step);
    if (step.number === 3 && store === undefined) {
      store = await openSqliteStore(path, storeOptions());
      await store.append([sampleMessage({ message_id: "new" })]);
      assert.equal((await store.stats()).total_messages, 301);
    }
  }
  await store?.close();
  const third = steps.filter(({ number }) => number === 3);
  assert.deepEqual(
    third.map(({ share, found }) => [share, found === null]),
    [
      [0, true],
      [0, true],
      [1, false],
    ],
  );
  for (const { name, found } of steps) assert.deepEqual(found?.differences ?? [], [], name);
});

test("a service that came and went amid a check is noticed by the file", async (t) => {
  const path = makeCheckedFile(t);
  let numbers = "";
  let isStarted = false;
  for (const { number, found } of checkFile(path)) {
    if (found === null) numbers += `${number} `;
    if (number !== 2 || isStarted) continue;
    isStarted = true;
    const store = await openSqliteStore(path, storeOptions());
    await store.append([sampleMessage({ message_id: "new" })]);
    await store.close();
  }
  assert.match(numbers, /^1 2 2 3 /);
});
