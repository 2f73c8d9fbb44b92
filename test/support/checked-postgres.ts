/** PostgreSQL databases for `lyftr check`, and what it says of them. */
import type { TestContext } from "node:test";
import { Client } from "pg";
import type { Message } from "../../src/message.ts";
import { appendBatch } from "../../src/store/postgres/append.ts";
import { countUncounted } from "../../src/store/postgres/counters.ts";
import { readSchema } from "../../src/store/postgres/schema.ts";
import { runCheckOf } from "./checked.ts";
import { createPostgresDatabase, type PostgresDatabase } from "./postgres.ts";
import type { Finished } from "./program.ts";
import { sampleMessage } from "./sample.ts";
import { tempFolder } from "./temp.ts";

const MESSAGES = 300;
/** The last ones wait to be counted: so many that each side and each period has some. */
const UNCOUNTED = 60;

const TEXTS = ["Hello there", "ПРИВЕТ мир", "İstanbul ❤️", "您的订单将于", 'say “hi” "now" 100%_', null, ""];

/** A database as the engine makes it: of several senders, hours and scripts, with a conflict, and some messages not counted yet. */
export async function makeCheckedDatabase(t: TestContext): Promise<PostgresDatabase> {
  const database = await createPostgresDatabase(t);
  const messages = Array.from({ length: MESSAGES }, (_, index) => {
    const minutes = String(index % 60).padStart(2, "0");
    return sampleMessage({
      message_id: `m${index + 1}`,
      from: `+${index % 7}`,
      to: `+${index % 4}`,
      // Before 1970 as well, where rounding goes the other way.
      ts: `${index % 2 === 0 ? 1969 : 2025}-01-1${index % 3}T0${index % 5}:${minutes}:00.5Z`,
      text: TEXTS[index % TEXTS.length] ?? null,
    });
  });
  // Makes the tables.
  await (await database.openWith({})).close();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { version } = readSchema();
  const append = (batch: readonly Message[]): Promise<unknown> => appendBatch(client, batch, 0, version);
  await append(messages.slice(0, -UNCOUNTED));
  await append([sampleMessage({ message_id: "m1", text: "another" })]);
  await countUncounted(client, version);
  await append(messages.slice(-UNCOUNTED));
  await client.end();
  return database;
}

/** Another one of the same content. */
export async function copyOf(t: TestContext, { url }: PostgresDatabase): Promise<PostgresDatabase> {
  return createPostgresDatabase(t, undefined, `TEMPLATE ${new URL(url).pathname.slice(1)}`);
}

export function checkDatabase(
  t: TestContext,
  { url }: { readonly url: string },
  ...flags: readonly string[]
): Promise<Finished> {
  return runCheckOf(url, tempFolder(t), ...flags);
}
