import { createSqliteDatabase } from "./support/sqlite.ts";
import { storeContract } from "./store.contract.ts";

storeContract("SQLite", (t) => Promise.resolve(createSqliteDatabase(t)));
