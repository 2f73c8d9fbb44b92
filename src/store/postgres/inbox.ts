/** What the order of arrival needs to be true of a database that was moved: it goes by numbers that each server counts for itself. */
import type { Client } from "pg";
import { Queries } from "./queries.ts";
import { lockMigrations } from "./schema.ts";

/** The first schema that has an inbox. */
export const INBOX_VERSION = 4;

/** By the server's number, where the user may ask for it, and its number for the database. */
const PLACE = `
  SELECT inbox.place AS kept, oid || ' of ' || CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE')
    THEN (SELECT system_identifier::text FROM pg_control_system()) ELSE 'a server' END AS found
  FROM inbox, pg_database WHERE datname = current_database()`;

const NEW_IDENTITY =
  "UPDATE inbox SET identity = left(replace(gen_random_uuid()::text, '-', ''), 16), place = ";

/** Whether a number was given elsewhere, and is still to come here. */
const IS_AHEAD = `
  SELECT arrived >= pg_snapshot_xmax(pg_current_snapshot()) AS ahead FROM messages
  WHERE arrived IS NOT NULL ORDER BY arrived DESC LIMIT 1`;

/** As migrations/postgres/0004_forgotten_and_stream.sql makes it: all that is there counts as old, and no row is written. */
const FORGET_ARRIVALS = `
  ALTER TABLE messages DROP COLUMN arrived;
  ALTER TABLE messages ADD COLUMN arrived xid8;
  ALTER TABLE messages ALTER COLUMN arrived SET DEFAULT pg_current_xact_id();
  CREATE INDEX messages_by_arrival ON messages (arrived) WHERE arrived IS NOT NULL`;

/** On the current schema, at each start: gives an inbox that came from another server or database another identity. */
export async function settleInbox(client: Client): Promise<void> {
  const queries = new Queries(client);
  if (await isSettled(queries)) return;
  await client.query("BEGIN");
  await lockMigrations(client);
  // Another process may have done it meanwhile.
  if (!(await isSettled(queries))) {
    const { kept, found } = await placesOf(queries);
    if (kept === null) await queries.rows("UPDATE inbox SET place = $found", { found: String(found) });
    else {
      await queries.rows(`${NEW_IDENTITY} $found`, { found: String(found) });
      if ((await queries.row(IS_AHEAD))?.["ahead"] === true) await queries.rows(FORGET_ARRIVALS);
    }
  }
  await client.query("COMMIT");
}

/** After a restore, in its transaction: places that were given before are of another inbox. */
export async function renewInbox(queries: Queries): Promise<void> {
  await queries.rows(`${NEW_IDENTITY} NULL`);
}

async function isSettled(queries: Queries): Promise<boolean> {
  const { kept, found } = await placesOf(queries);
  return kept === found;
}

async function placesOf(queries: Queries): Promise<{ kept: unknown; found: unknown }> {
  const row = await queries.row(PLACE);
  return { kept: row?.["kept"] ?? null, found: row?.["found"] };
}
