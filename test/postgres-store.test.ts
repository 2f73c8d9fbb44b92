import { storeContract } from "./store.contract.ts";
import { createPostgresDatabase } from "./support/postgres.ts";

storeContract("PostgreSQL", (t) => createPostgresDatabase(t));
