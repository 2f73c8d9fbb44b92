import type { DatabaseSync } from "node:sqlite";

/** Runs `work` in a transaction that writes: all of it is committed, or nothing. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    // Some failures (disk full, read error) have rolled back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
