/** Calls to a thread that take many steps: in which order they are answered, and what stops them. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startThread } from "../src/store/sqlite/thread.ts";
import type { SteppingHandlers } from "./support/stepping-thread.ts";

const CALLS_WAITING = 10;
const MANY_STEPS = 20_000;
/** Longer than any test. */
const EVER_MS = 3_600_000;

function start(t: TestContext) {
  const thread = startThread<SteppingHandlers>(
    new URL("support/stepping-thread.ts", import.meta.url),
    CALLS_WAITING,
  );
  t.after(() => thread.stop());
  const order: string[] = [];
  const noting = <T>(name: string, call: Promise<T>): Promise<T> =>
    call.finally(() => {
      order.push(name);
    });
  return { thread, order, noting };
}

test("a short call does not wait for long ones, and those are done one after the other", async (t) => {
  const { thread, order, noting } = start(t);
  const answers = await Promise.all([
    noting("first long", thread.call("count", MANY_STEPS)),
    noting("second long", thread.call("count", 10)),
    noting("short", thread.call("stepsDone")),
  ]);
  assert.deepEqual(answers.slice(0, 2), [MANY_STEPS, 10]);
  assert.deepEqual(order, ["short", "first long", "second long"]);
});

test("a call that takes longer than it may is stopped between two steps, and the next one has its turn", async (t) => {
  const { thread } = start(t);
  await assert.rejects(thread.call("countWithin", Number.MAX_SAFE_INTEGER, 0), {
    code: "read_timeout",
    message: "too slow",
  });
  const done = await thread.call("stepsDone");
  assert.equal(await thread.call("countWithin", 5, EVER_MS), 5);
  assert.equal(await thread.call("stepsDone"), done + 5, "nothing of the stopped call went on");
});

test("time spent waiting for longer calls counts too", async (t) => {
  const { thread } = start(t);
  const long = thread.call("count", MANY_STEPS);
  await assert.rejects(thread.call("countWithin", 2, 0), { code: "read_timeout" });
  assert.equal(await long, MANY_STEPS);
});

test("a call that fails on its way is told so, and those behind it go on", async (t) => {
  const { thread } = start(t);
  const failed = assert.rejects(thread.call("fail", 3), {
    code: "unavailable",
    message: "failed on its way",
  });
  assert.equal(await thread.call("count", 3), 3);
  await failed;
});

test("a stop waits for the calls that were begun, an abandoned one is refused at its next step", async (t) => {
  const { thread } = start(t);
  const counted = thread.call("count", 100);
  await thread.stop();
  assert.equal(await counted, 100);

  const other = start(t).thread;
  const abandoned = assert.rejects(other.call("count", Number.MAX_SAFE_INTEGER), { code: "unavailable" });
  other.abandon();
  await abandoned;
});

test("calls beyond the bound are refused at once", async (t) => {
  const { thread } = start(t);
  const calls = Array.from({ length: CALLS_WAITING + 1 }, () => thread.call("count", MANY_STEPS));
  await assert.rejects(calls[CALLS_WAITING] ?? assert.fail(), { code: "unavailable" });
  for (const call of calls.slice(0, CALLS_WAITING)) assert.equal(await call, MANY_STEPS);
});
