import type { StoreLocation } from "../config.ts";
import { openSqliteStore } from "./sqlite/store.ts";
import type { Store, StoreOptions } from "./store.ts";

/** The engine that DATABASE_URL names, opened and on the current schema. Throws AppError `cannot_start`. */
export function openStore({ path }: StoreLocation, options: StoreOptions): Promise<Store> {
  return openSqliteStore(path, options);
}
