import type { StoreOptions } from "../../src/store/store.ts";

/** A failure behind the calls fails the test. */
export function storeOptions(now = Date.now): StoreOptions {
  return {
    now,
    readTimeoutMs: 60_000,
    onFailure(error) {
      throw error;
    },
  };
}
