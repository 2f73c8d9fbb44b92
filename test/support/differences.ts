import { checkPostgresStore } from "../../src/store/postgres/check/check-postgres-store.ts";

/** Everything kept that is not what a recount finds, in words. */
export async function differencesOf(url: string): Promise<string[]> {
  const found: string[] = [];
  for await (const step of checkPostgresStore(url))
    for (const { what, kept, counted } of step.found?.differences ?? [])
      found.push(`${step.name}, ${what}: kept ${kept ?? "-"}, counted ${counted ?? "-"}`);
  return found;
}
