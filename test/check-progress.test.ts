import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckProgress } from "../src/cli/check-progress.ts";

/** What a stream was given, and what it says of itself. */
function output(isTTY: boolean, columns: number): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

const STEP = { name: "messages of each day", number: 3, of: 4, share: 0.5, found: null };

test("on a terminal one line is rewritten, with a bar, never wider than the terminal, and taken away", () => {
  for (const [columns, line] of [
    [80, "[############........] 3/4 messages of each day, 50 %, 0 s"],
    [20, "[############......"],
    [0, "[############........] 3/4 messages of each day, 50 %, 0 s"],
  ] as const) {
    const { stream, written } = output(true, columns);
    const progress = new CheckProgress(stream);
    progress.show(STEP);
    progress.show(STEP);
    progress.clear();
    assert.deepEqual(written, [`\r\u001B[K${line}`, `\r\u001B[K${line}`, "\r\u001B[K"]);
  }
});

test("elsewhere each check is told once, by name", () => {
  const { stream, written } = output(false, 0);
  const progress = new CheckProgress(stream);
  for (const share of [0, 0.5, 1]) progress.show({ ...STEP, share });
  progress.show({ ...STEP, number: 4, name: "totals" });
  progress.clear();
  assert.deepEqual(written, ["3/4 messages of each day\n", "4/4 totals\n"]);
});
