import type { TestContext } from "node:test";
import type { StoreLocation } from "../../src/store-location.ts";
import type { CreateDatabase } from "../contract/database.ts";
import { createPostgresDatabase } from "./postgres.ts";
import { createSqliteDatabase } from "./sqlite.ts";

export interface Engine {
  readonly name: string;
  readonly create: CreateDatabase;
  /** An empty database, as a setting of the service. */
  readonly locate: (t: TestContext) => Promise<StoreLocation>;
}

/** What has to hold whatever DATABASE_URL says is asked of each of them. */
export const ENGINES: readonly Engine[] = [
  {
    name: "SQLite",
    create: (t) => Promise.resolve(createSqliteDatabase(t)),
    locate: (t) => Promise.resolve({ engine: "sqlite", path: createSqliteDatabase(t).path }),
  },
  {
    name: "PostgreSQL",
    create: (t) => createPostgresDatabase(t),
    locate: async (t) => ({ engine: "postgres", url: (await createPostgresDatabase(t)).url }),
  },
];
