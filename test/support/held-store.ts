import { AppError } from "../../src/errors.ts";
import type { Message } from "../../src/message.ts";
import type { AppendResult, Store } from "../../src/store/store.ts";

/** An append that was asked for, and that ends when and how the test says. */
export interface HeldAppend {
  readonly ids: readonly string[];
  /** All created, unless told otherwise. */
  resolve(results?: readonly AppendResult[]): void;
  reject(error: unknown): void;
}

export interface HeldStore extends Store {
  /** All that were asked for, the first one first. */
  readonly appends: readonly HeldAppend[];
}

/** A store of the test's own that keeps nothing: how it fails, and when it answers, is in the test's hands. */
export function createHeldStore(): HeldStore {
  const appends: HeldAppend[] = [];
  const unavailable = (): Promise<never> =>
    Promise.reject(new AppError("unavailable", "this store only takes messages"));
  return {
    appends,
    append: (batch: readonly Message[]) =>
      new Promise((resolve, reject) => {
        appends.push({
          ids: batch.map((message) => message.message_id),
          resolve: (results = batch.map(() => "created" as const)) => resolve(results),
          reject,
        });
      }),
    find: unavailable,
    get: unavailable,
    stats: unavailable,
    timeline: unavailable,
    conflicts: unavailable,
    arrivals: unavailable,
    countArrivals: unavailable,
    erase: unavailable,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Until the event loop has gone round: what was set for the end of this turn has run. */
export async function nextTurn(): Promise<void> {
  for (let phase = 0; phase < 3; phase += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
