import { DatabaseSync } from "node:sqlite";

/**
 * Gives a file that is restored another identity, durably: ids that were given after the backup are given again there. One of an
 * older schema gets its first when it is brought on.
 */
export function renewInbox(path: string): void {
  const database = new DatabaseSync(path);
  try {
    const there = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'inbox'").get();
    if (there === undefined) return;
    database.exec("PRAGMA synchronous = FULL; UPDATE inbox SET identity = lower(hex(randomblob(8)))");
  } finally {
    // Folds the write-ahead log back into the file, synced.
    database.close();
  }
}
