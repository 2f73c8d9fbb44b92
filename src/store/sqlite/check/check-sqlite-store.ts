import { resolve } from "node:path";
import type { CheckStep } from "../../check.ts";
import { startThread } from "../thread.ts";
import type { CheckHandlers } from "./check-thread.ts";

/**
 * Recounts all that the file keeps, while the service runs on it or not. Nothing is written.
 * Throws AppError `cannot_start` that names the file and what to do, or `unavailable` when it cannot be read now.
 */
export async function* checkSqliteStore(file: string): AsyncGenerator<CheckStep, void> {
  const thread = startThread<CheckHandlers>(new URL("./check-thread.ts", import.meta.url), 1);
  try {
    await thread.call("open", resolve(file));
    for (let step = await thread.call("next"); step !== null; step = await thread.call("next")) yield step;
  } finally {
    await thread.stop();
  }
}
