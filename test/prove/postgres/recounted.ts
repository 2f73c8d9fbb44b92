import { Client } from "pg";
import { recount, RECOUNTS } from "../../../src/store/postgres/check.ts";
import { Queries } from "../../../src/store/postgres/queries.ts";

/** Every kept figure that is not what a recount finds, in words. */
export async function differencesOf(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found: string[] = [];
    for (const each of RECOUNTS)
      for (const { figure, kept, counted } of await recount(new Queries(client), each))
        found.push(`${each.name}, ${figure}: kept ${kept}, counted ${counted}`);
    return found;
  } finally {
    await client.end();
  }
}
