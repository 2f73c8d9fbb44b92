import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { MoveReader } from "../../move.ts";
import { isClaimed } from "../lock.ts";
import { replay } from "../replay.ts";
import { startThread } from "../thread.ts";
import { settled } from "./settled.ts";
import { KeptMessages } from "./kept-messages.ts";
import type { MoveHandlers } from "./move-thread.ts";

/** One runs, one is asked for ahead; more would be a fault. */
const CALLS_WAITING_MAX = 10;

/**
 * Reads beside the service that runs on the file. Where none runs, what a killed one left in its journal is applied first, as at
 * its start. Throws AppError `cannot_start` that names the file and what to do, or `unavailable` when it cannot be read now.
 */
export async function openSqliteReader(file: string): Promise<MoveReader> {
  const path = resolve(file);
  if (isLeftUnclean(path)) await replay(path);
  const thread = startThread<MoveHandlers>(new URL("move-thread.ts", import.meta.url), CALLS_WAITING_MAX);
  try {
    await thread.call("open", path);
  } catch (error) {
    await thread.stop();
    throw error;
  }
  return {
    place: () => Promise.resolve(realpathSync(path)),
    settled: () => settled(path, () => thread.call("watermark")),
    isServed: async () => !(await thread.call("isClean")),
    periods: (width, range) => thread.call("periods", width, range),
    inOrder: (range, after, limit) => thread.call("inOrder", range, after, limit),
    byIds: (ids) => thread.call("byIds", ids),
    conflicts: (after, limit) => thread.call("conflicts", after, limit),
    erasureKey: () => thread.call("erasureKey"),
    erased: (after, limit) => thread.call("erased", after, limit),
    erasedAmong: (ids) => thread.call("erasedAmong", ids),
    forgottenDay: () => thread.call("forgottenDay"),
    close: () => thread.stop(),
  };
}

/** Whether no service runs on it, and the last one was not stopped. */
function isLeftUnclean(path: string): boolean {
  const kept = new KeptMessages(path);
  try {
    // Asked of the lock only then: to try it would turn away a service that starts at that moment.
    return !kept.isClean() && !isClaimed(path);
  } finally {
    kept.close();
  }
}
