import type { StoreLocation } from "../config.ts";
import { openSqliteStore } from "./sqlite/store.ts";
import type { Store, StoreOptions } from "./store.ts";

/** The engine that DATABASE_URL names, opened and on the current schema. Throws AppError `cannot_start`. */
export async function openStore(location: StoreLocation, options: StoreOptions): Promise<Store> {
  if (location.engine === "sqlite") return openSqliteStore(location.path, options);
  // Loaded only where it is used: its driver would add to every start.
  const { openPostgresStore } = await import("./postgres/store.ts");
  return openPostgresStore(location.url, options);
}
