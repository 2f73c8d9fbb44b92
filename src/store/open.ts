import type { Finding } from "../finding.ts";
import type { StoreLocation } from "../store-location.ts";
import type { Dumped, KeptBackup, Tell, Watch } from "./backup.ts";
import type { CheckStep } from "./check.ts";
import type { MoveReader, TargetStore } from "./move.ts";
import { checkSqliteStore } from "./sqlite/check/check-sqlite-store.ts";
import { openSqliteStore } from "./sqlite/store.ts";
import type { StoreOptions } from "./store.ts";

/** The engine that DATABASE_URL names, opened and on the current schema. Throws AppError `cannot_start`. */
export async function openStore(location: StoreLocation, options: StoreOptions): Promise<TargetStore> {
  if (location.engine === "sqlite") return openSqliteStore(location.path, options);
  // Loaded only where it is used: its driver would add to every start.
  const { openPostgresStore } = await import("./postgres/store.ts");
  return openPostgresStore(location.url, options);
}

/**
 * Reads what is kept there for `lyftr migrate`, while the service runs on it or not.
 * Throws AppError `cannot_start`, or `unavailable` when it cannot be read now.
 */
export async function openMoveReader(location: StoreLocation): Promise<MoveReader> {
  if (location.engine === "sqlite") {
    const { openSqliteReader } = await import("./sqlite/move/open-sqlite-reader.ts");
    return openSqliteReader(location.path);
  }
  const { openPostgresReader } = await import("./postgres/move.ts");
  return openPostgresReader(location.url);
}

/**
 * Recounts all that is kept where DATABASE_URL says, while the service runs on it or not, and writes nothing there.
 * Throws AppError `cannot_start`, or `unavailable` when it cannot be read now.
 */
export async function* checkStore(location: StoreLocation): AsyncGenerator<CheckStep, void> {
  if (location.engine === "sqlite") {
    yield* checkSqliteStore(location.path);
  } else {
    const { checkPostgresStore } = await import("./postgres/check/check-postgres-store.ts");
    yield* checkPostgresStore(location.url);
  }
}

export interface Examined {
  /** As StoreOptions has it. */
  readonly readConnections: number | undefined;
  readonly nowMs: () => number;
}

/** What `lyftr doctor` finds of where the messages are kept, whether a service runs there or not. Nothing is written there. */
export async function* examineStore(location: StoreLocation, examined: Examined): AsyncGenerator<Finding> {
  if (location.engine === "sqlite") {
    const { examineSqlite } = await import("./sqlite/doctor/examine-sqlite.ts");
    yield* examineSqlite(location.path);
  } else {
    const { examinePostgres } = await import("./postgres/doctor/examine-postgres.ts");
    yield* examinePostgres(location.url, examined);
  }
}

/**
 * Writes a copy of all that is acknowledged into a folder, while the service runs on it or not, and verifies it.
 * Throws AppError that says what to do.
 */
export async function dumpStore(location: StoreLocation, folder: string, watch: Watch): Promise<Dumped> {
  if (location.engine === "sqlite") {
    const { dumpSqlite } = await import("./sqlite/backup/dump.ts");
    return dumpSqlite(location.path, folder, watch);
  }
  const { dumpPostgres } = await import("./postgres/backup/dump.ts");
  return dumpPostgres(location.url, folder, watch);
}

/** Puts a backup of this engine where nothing is yet: whole or not at all. Throws AppError that says what to do. */
export async function restoreStore(location: StoreLocation, backup: KeptBackup, tell: Tell): Promise<void> {
  if (location.engine === "sqlite") {
    const { restoreSqlite } = await import("./sqlite/backup/restore.ts");
    return restoreSqlite(location.path, backup, tell);
  }
  const { restorePostgres } = await import("./postgres/backup/restore.ts");
  return restorePostgres(location.url, backup, tell);
}
