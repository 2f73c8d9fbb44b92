/** A thread for test/thread.test.ts: one call in steps, one without, one that fails on its way. */
import { AppError } from "../../src/errors.ts";
import { limited, type Steps } from "../../src/store/sqlite/steps.ts";
import { serveCalls } from "../../src/store/sqlite/thread.ts";

let stepsDone = 0;

function* count(steps: number): Steps<number> {
  for (let step = 0; step < steps; step += 1) {
    stepsDone += 1;
    yield;
  }
  return steps;
}

function* fail(steps: number): Steps<never> {
  yield* count(steps);
  throw new AppError("unavailable", "failed on its way");
}

const handlers = {
  count,
  fail,
  countWithin: (steps: number, ms: number) => limited(count(steps), ms, "too slow"),
  stepsDone: () => stepsDone,
};
export type SteppingHandlers = typeof handlers;

serveCalls(handlers, () => undefined);
