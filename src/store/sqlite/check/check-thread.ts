/** The thread that recounts, so that whoever waits can be shown that it goes on. */
import type { CheckStep } from "../../check.ts";
import { serveCalls } from "../thread.ts";
import { checkFile } from "./checks.ts";

let steps: Generator<CheckStep, void> | undefined;

const handlers = {
  open(path: string): void {
    steps = checkFile(path);
  },
  /** Null when all is checked. */
  next: (): CheckStep | null => steps?.next().value ?? null,
};
export type CheckHandlers = typeof handlers;

serveCalls(handlers, () => void steps?.return());
