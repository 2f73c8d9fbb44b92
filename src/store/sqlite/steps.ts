import { AppError } from "../../errors.ts";

/** A read in steps of some 10 ms. Between two of them other reads have their turn, and it can be stopped. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Throws AppError `read_timeout` between two steps once `ms` have passed since the call. */
export function* limited<T>(steps: Steps<T>, ms: number, detail: string): Steps<T> {
  const end = performance.now() + ms;
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      yield;
      if (performance.now() > end) throw new AppError("read_timeout", detail);
    }
  } finally {
    // What it holds open is closed also when it is stopped.
    steps.return(undefined as never);
  }
}
