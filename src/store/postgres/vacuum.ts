/**
 * A vacuum removes the rows that were deleted, and their entries in the indexes. What PostgreSQL does not overwrite: the bytes of a row
 * in its page until the room is used again, the write-ahead log and its archives, standbys that lag behind, backups, and in the search
 * index the trigrams themselves, which refer to no message any more.
 */
import type { Client } from "pg";
import { renewStatistics } from "./statistics.ts";

/** For all messages there are, or for another vacuum that runs: a minute and a half for a million, so four hours for a hundred. */
const VACUUM_MS_MAX = 14_400_000;

/**
 * Without a delay it would take all that the disk gives. Before each rest of 2 ms it does a quarter of what an autovacuum does, since a
 * commit waits behind what it wrote to the write-ahead log: twice as long for 100,000 messages, and their acknowledgements half as late.
 */
const GENTLY = "SET vacuum_cost_delay = '2ms'; SET vacuum_cost_limit = 50";
/**
 * Of what held a name, a number or a text. Entries of indexes too, however few they are; without making the files shorter, for which
 * everybody would have to wait; and on one processor, since messages arrive meanwhile.
 */
const HOW = "(INDEX_CLEANUP ON, TRUNCATE OFF, PARALLEL 0)";
/** `messages` last: while rows that are gone are in it, the work is not done (remains.ts). */
const HOLDS_MESSAGES = "conflicts, uncounted, parties, party_hours, periods, messages";
/** What this connection removed is counted before the vacuum, not on top of it. PostgreSQL 13 and 14 have no way to ask for that. */
const COUNT_FIRST =
  "DO 'BEGIN PERFORM pg_stat_force_next_flush(); EXCEPTION WHEN undefined_function THEN NULL; END'";

/** Removes what nobody sees any more, and takes its values out of what the planner knows. */
export async function vacuumMessages(client: Client): Promise<void> {
  await client.query(COUNT_FIRST);
  await vacuum(client, HOLDS_MESSAGES);
  await renewStatistics(client, VACUUM_MS_MAX);
}

export function vacuumErasedIds(client: Client): Promise<void> {
  return vacuum(client, "erased");
}

async function vacuum(client: Client, tables: string): Promise<void> {
  await client.query(GENTLY);
  const longer = { text: `VACUUM ${HOW} ${tables}`, query_timeout: VACUUM_MS_MAX };
  await client.query(longer);
}
