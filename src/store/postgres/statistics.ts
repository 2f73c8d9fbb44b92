/**
 * What the planner knows of a column holds some of its values (pg_stats): the most common, and some in between. ANALYZE takes them anew
 * out of what is stored, but of a table without a row it leaves them as they are: such a table has one meanwhile, which nobody else sees.
 */
import type { Client } from "pg";
import { Queries } from "./queries.ts";

/** Of each table that holds numbers, ids or texts, a row that is nobody's. */
const ROWS: Readonly<Record<string, string>> = {
  conflicts: "VALUES ('', '', '', '', 0, 0, 0)",
  uncounted: "VALUES (0, '', '')",
  parties: "VALUES ('', 0, 0)",
  party_hours: "VALUES ('', 0, 0, 0)",
  messages: "(ts_seconds, ts_nanos, ts_digits, message_id, sender, recipient) VALUES (0, 0, 0, '', '', '')",
};
/** A table that was large has its pages still, and the row is in one of them: all are looked at, up to 23 GB, and at once. */
const WHOLE = "SET LOCAL default_statistics_target = 10000; SET LOCAL vacuum_cost_delay = 0";

/** Takes them anew; `msMax` for each statement. */
export async function renewStatistics(client: Client, msMax: number): Promise<void> {
  const run = (text: string) => {
    const longer = { text, query_timeout: msMax };
    return client.query<{ place: string }>(longer);
  };
  // Not in a vacuum: others wait for what an analysis may see, and not for a vacuum (waits.ts).
  await run(`ANALYZE ${Object.keys(ROWS).join(", ")}`);
  for (const [table, row] of Object.entries(ROWS)) {
    if (!(await isStale(client, table))) continue;
    // The lock first: whoever waits for it with a row written holds up the order of arrival (arrivals.ts).
    await run(`BEGIN; ${WHOLE}; LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE`);
    const { rows } = await run(
      `INSERT INTO ${table} ${row} ON CONFLICT DO NOTHING RETURNING ctid::text AS place`,
    );
    await run(`ANALYZE ${table}`);
    await client.query(`DELETE FROM ${table} WHERE ctid = $1::tid`, [rows[0]?.place]);
    await client.query("COMMIT");
  }
}

async function isStale(client: Client, table: string): Promise<boolean> {
  const found = await new Queries(client).row(
    `SELECT NOT EXISTS (SELECT FROM ${table})
       AND EXISTS (SELECT FROM pg_stats WHERE schemaname = current_schema() AND tablename = $table) AS stale`,
    { table },
  );
  return found?.["stale"] === true;
}
