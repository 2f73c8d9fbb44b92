import { DatabaseSync } from "node:sqlite";
import type { StoreLocation } from "../../src/store-location.ts";
import { askDatabase } from "./ask-database.ts";

/** Steps that no program has taken yet. */
const STEPS = 1_000;

/** What a newer program that migrates the database under a running older one leaves: then that one is not ready. False undoes it. */
export async function setNewerSchema(location: StoreLocation, isNewer: boolean): Promise<void> {
  const by = isNewer ? STEPS : -STEPS;
  if (location.engine === "postgres") {
    await askDatabase(
      location.url,
      "UPDATE lyftr_schema SET version = version + $1, works_with = works_with + $1",
      [by],
    );
    return;
  }
  const database = new DatabaseSync(location.path);
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  database.exec(`PRAGMA user_version = ${version + by}`);
  database.close();
}
