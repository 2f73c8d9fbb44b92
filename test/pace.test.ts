/** How long the streams rest between two rounds, by what a round took. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../src/stream/pace.ts";

/** A round that keeps the process for so long, and the store for so long. Returns the rest behind it. */
async function restBehind(busyMs: number, storeMs: number, told?: "moreIsLeft" | "failed"): Promise<number> {
  let nowMs = 1_000;
  const pace = new Pace(() => nowMs);
  pace.begin();
  nowMs += busyMs / 2;
  const read = async (): Promise<void> => {
    await Promise.resolve();
    nowMs += storeMs;
  };
  await pace.waitingForStore(read());
  nowMs += busyMs / 2;
  if (told !== undefined) pace[told]();
  pace.end();
  return pace.restMs;
}

test("five rounds a second while they take little, at once where more is left, later after a failure", async () => {
  assert.equal(await restBehind(0, 0), 200);
  assert.equal(await restBehind(2, 10), 200);
  assert.equal(await restBehind(0, 0, "moreIsLeft"), 0);
  assert.equal(await restBehind(0, 0, "failed"), 1_000);
});

test("a fiftieth of the process's time and a tenth of the store's are the streams', up to a rest of 2 s", async () => {
  assert.equal(await restBehind(10, 0, "moreIsLeft"), 490);
  assert.equal(await restBehind(0, 100, "moreIsLeft"), 900);
  assert.equal(await restBehind(10, 100, "moreIsLeft"), 900);
  assert.equal(await restBehind(100, 0), 2_000);
  assert.equal(await restBehind(0, 60_000), 2_000);
});
