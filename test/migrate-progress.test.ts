import assert from "node:assert/strict";
import { test } from "node:test";
import { MigrateProgress } from "../src/cli/migrate-progress.ts";

/** What a stream was given, and what it says of itself. */
function output(isTTY: boolean): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, columns: 120, write: (text: string) => written.push(text) };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

test("on a terminal one line is rewritten, with a bar, the speed and what is left, some times a second", () => {
  const { stream, written } = output(true);
  let nowMs = 5_000;
  const progress = new MigrateProgress(stream, () => nowMs);
  progress.begin("copy", 8_000);
  for (const messages of [1_000, 2_000, 3_000]) {
    nowMs += 60;
    progress.show(messages);
  }
  nowMs += 320;
  progress.show(4_000);
  progress.clear();
  assert.deepEqual(written, [
    "\r\u001B[K[....................] copying, 0 of 8000 messages",
    "\r\u001B[K[#####...............] copying, 2000 of 8000 messages, 25 %, 16667/s, 1 s left",
    "\r\u001B[K[##########..........] copying, 4000 of 8000 messages, 50 %, 8000/s, 1 s left",
    "\r\u001B[K",
  ]);
});

test("elsewhere a line as each pass begins, and one each 10 s; a pass that finds nothing says nothing", () => {
  const { stream, written } = output(false);
  let nowMs = 0;
  const progress = new MigrateProgress(stream, () => nowMs);
  progress.begin("copy", 100);
  for (const messages of [0, 0, 40, 80, 110]) {
    nowMs += 6_000;
    progress.show(messages);
  }
  progress.begin("copy", 0);
  progress.begin("compare", 110);
  progress.clear();
  assert.deepEqual(written, [
    "copying, 0 of 100 messages\n",
    "copying, 0 of 100 messages\n",
    "copying, 80 of 100 messages, 80 %, 3/s, 6 s left\n",
    "comparing, 0 of 110 messages\n",
  ]);
});
