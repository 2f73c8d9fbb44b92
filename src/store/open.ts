import type { StoreLocation } from "../config.ts";
import { openSqliteStore } from "./sqlite/store.ts";
import type { Store } from "./store.ts";

/** The engine that DATABASE_URL names, opened and on the current schema. Throws AppError `cannot_start`. */
export function openStore({ path }: StoreLocation, now: () => number): Promise<Store> {
  return openSqliteStore(path, now);
}
