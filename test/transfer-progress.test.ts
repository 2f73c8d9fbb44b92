import assert from "node:assert/strict";
import { test } from "node:test";
import { ShareProgress } from "../src/cli/share-progress.ts";
import { TransferProgress } from "../src/cli/transfer-progress.ts";

/** What a stream was given, and what it says of itself. */
function output(isTTY: boolean): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, columns: 120, write: (text: string) => written.push(text) };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

test("an export on a terminal: a bar, the speed and what is left; without a known end, no bar", () => {
  const { stream, written } = output(true);
  let nowMs = 1_000;
  const progress = new TransferProgress(stream, "exporting", () => nowMs);
  for (const [messages, share] of [
    [10, 0.1],
    [500, 0.5],
    [600, null],
  ] as const) {
    nowMs += messages === 10 ? 50 : 1_000;
    progress.show(messages, share);
  }
  progress.clear();
  assert.deepEqual(written, [
    "\r\u001B[K[##########..........] exporting, 500 messages, 476/s, 50 %, 2 s left",
    "\r\u001B[Kexporting, 600 messages, 293/s",
    "\r\u001B[K",
  ]);
});

test("elsewhere a line each 10 s", () => {
  const { stream, written } = output(false);
  let nowMs = 0;
  const progress = new TransferProgress(stream, "importing", () => nowMs);
  for (const messages of [100, 200, 300]) {
    nowMs += 6_000;
    progress.show(messages, messages / 400);
  }
  progress.clear();
  assert.deepEqual(written, ["importing, 200 messages, 17/s, 50 %, 12 s left\n"]);
});

test("a backup on a terminal: each step with its share; elsewhere a line for each step, without its parts", () => {
  for (const isTTY of [true, false]) {
    const { stream, written } = output(isTTY);
    let nowMs = 0;
    const progress = new ShareProgress(stream, () => nowMs);
    for (const [doing, share] of [
      ["copying", 0],
      ["copying", 0.5],
      ["checking, 1/2: a", 0],
      ["checking, 2/2: b", 0.25],
    ] as const) {
      progress.show(doing, share);
      nowMs += 600;
    }
    progress.clear();
    assert.deepEqual(
      written,
      isTTY
        ? [
            "\r\u001B[K[....................] copying, 0 %, 0 s",
            "\r\u001B[K[##########..........] copying, 50 %, 1 s",
            "\r\u001B[K[....................] checking, 1/2: a, 0 %, 1 s",
            "\r\u001B[K[#####...............] checking, 2/2: b, 25 %, 2 s",
            "\r\u001B[K",
          ]
        : ["copying\n", "checking\n"],
    );
  }
});
