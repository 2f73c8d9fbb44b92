import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { TestContext } from "node:test";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import type { Database, KeptConflict } from "../contract/database.ts";
import { storeOptions } from "./store-options.ts";
import { tempFolder } from "./temp.ts";

export interface SqliteDatabase extends Database {
  readonly path: string;
}

/** A file that does not exist yet, and what opens the engine on it. */
export function createSqliteDatabase(t: TestContext): SqliteDatabase {
  const stores: Store[] = [];
  // Before the folder's own hook: hooks run in the order in which they were added.
  t.after(() => Promise.all(stores.map((store) => store.close())));
  const path = join(tempFolder(t), "app.db");
  return {
    path,
    async open(now = Date.now, options = {}) {
      const store = await openSqliteStore(path, { ...storeOptions(now), ...options });
      stores.push(store);
      return store;
    },
    conflicts: () => Promise.resolve(readRows(path, "SELECT * FROM conflicts").map(conflictOf)),
  };
}

type Row = Record<string, SQLOutputValue>;

/** What the file holds, read past the engine. */
export function readRows(path: string, sql: string): Row[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

function conflictOf(row: Row): KeptConflict {
  return {
    message_id: String(row["message_id"]),
    first: Buffer.from(row["first_hash"] as Uint8Array).toString("hex"),
    later: Buffer.from(row["later_hash"] as Uint8Array).toString("hex"),
    differs: String(row["differs"]).split(","),
    firstMs: Number(row["first_ms"]),
    lastMs: Number(row["last_ms"]),
    times: Number(row["times"]),
  };
}
