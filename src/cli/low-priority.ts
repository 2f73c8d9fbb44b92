import { existsSync, readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";

const THREADS = "/proc/self/task";

/**
 * Lets a service on the same machine go first: this process gets the time that nobody else wants. Linux keeps a priority by
 * thread, and threads made later have that of the one that made them.
 */
export function takeLowPriority(): void {
  const threads = existsSync(THREADS) ? readdirSync(THREADS).map(Number) : [0];
  for (const thread of threads) {
    try {
      setPriority(thread, constants.priority.PRIORITY_LOW);
    } catch {
      // Where it is not allowed, or the thread has ended, it is not worth a failure.
    }
  }
}
