import type { TestContext } from "node:test";
import { Client } from "pg";

/** A connection past every engine, which ends with the test. */
export async function connect(t: TestContext, { url }: { readonly url: string }): Promise<Client> {
  const client = new Client({ connectionString: url });
  t.after(() => client.end());
  await client.connect();
  return client;
}
