/**
 * Erases some messages in one transaction, with all that is kept of them.
 *
 * What the figures hold and what waits to be counted are together exactly what is stored. So of each message that goes, one row like it
 * goes from what waits, or, where none is there, it is taken from the figures: both stay exact, and nothing has to be counted first.
 */
import type { Client } from "pg";
import type { Erased } from "../../message.ts";
import { HOUR_SECONDS, PERIOD_SECONDS } from "../periods.ts";
import { UPKEEP_LOCK } from "./schema.ts";
import { startIn } from "./tallies.ts";
import { requireWorksWith, WORKS_WITH } from "./works-with.ts";

const HOUR = startIn("ts_seconds", HOUR_SECONDS);

/** What is 0 then is removed: a name with nothing behind it would still tell of somebody. */
const ERASE = `
  WITH gone AS (
    DELETE FROM messages WHERE ${WORKS_WITH} <= $2::integer AND message_id = ANY ($1::text[])
    RETURNING ts_seconds, sender, recipient
  ), gone_conflicts AS (
    DELETE FROM conflicts WHERE ${WORKS_WITH} <= $2::integer AND message_id = ANY ($1::text[]) RETURNING 1
  ), alike AS (
    SELECT ts_seconds, sender, recipient, count(*) AS n FROM gone GROUP BY 1, 2, 3
  ), not_counted AS (
    DELETE FROM uncounted WHERE ctid = ANY (ARRAY(
      SELECT place FROM (
        SELECT uncounted.ctid AS place, n, row_number() OVER (PARTITION BY ts_seconds, sender, recipient) AS number
        FROM uncounted JOIN alike USING (ts_seconds, sender, recipient)
      ) AS each WHERE number <= n
    )) RETURNING ts_seconds, sender, recipient
  ), counted AS (
    SELECT ts_seconds, sender, recipient, sum(n) AS n FROM (
      SELECT ts_seconds, sender, recipient, n FROM alike
      UNION ALL SELECT ts_seconds, sender, recipient, -1 FROM not_counted
    ) AS each GROUP BY 1, 2, 3 HAVING sum(n) > 0
  ), sides AS (
    SELECT sender AS party, ${HOUR} AS start, n AS sent, 0 AS received FROM counted
    UNION ALL SELECT recipient, ${HOUR}, 0, n FROM counted
  ), by_period AS (
    SELECT width, ${startIn("ts_seconds", "width")} AS start, sum(n) AS n
    FROM counted, unnest(ARRAY[${PERIOD_SECONDS.join()}]) AS width GROUP BY 1, 2
  ), lowered_periods AS (
    UPDATE periods SET messages = messages - n FROM by_period AS less
    WHERE periods.width = less.width AND periods.start = less.start AND messages <> n
  ), ended_periods AS (
    DELETE FROM periods USING by_period AS less
    WHERE periods.width = less.width AND periods.start = less.start AND messages = n
  ), by_hour AS (
    SELECT party, start, sum(sent) AS sent, sum(received) AS received FROM sides GROUP BY 1, 2
  ), lowered_hours AS (
    UPDATE party_hours AS kept SET sent = kept.sent - less.sent, received = kept.received - less.received FROM by_hour AS less
    WHERE kept.party = less.party AND kept.start = less.start AND (kept.sent, kept.received) <> (less.sent, less.received)
  ), ended_hours AS (
    DELETE FROM party_hours AS kept USING by_hour AS less
    WHERE kept.party = less.party AND kept.start = less.start AND (kept.sent, kept.received) = (less.sent, less.received)
  ), by_party AS (
    SELECT party, sum(sent) AS sent, sum(received) AS received FROM sides GROUP BY party
  ), lowered_parties AS (
    UPDATE parties AS kept SET sent = kept.sent - less.sent, received = kept.received - less.received FROM by_party AS less
    WHERE name = party AND (kept.sent, kept.received) <> (less.sent, less.received)
    RETURNING less.sent > 0 AND kept.sent = 0 AS sends_no_more
  ), ended_parties AS (
    DELETE FROM parties AS kept USING by_party AS less
    WHERE name = party AND (kept.sent, kept.received) = (less.sent, less.received)
    RETURNING less.sent > 0 AS sends_no_more
  ), new_totals AS (
    UPDATE totals SET messages = messages - (SELECT sum(n) FROM counted),
      senders = senders - (SELECT count(*) FROM lowered_parties WHERE sends_no_more)
        - (SELECT count(*) FROM ended_parties WHERE sends_no_more)
    WHERE EXISTS (SELECT FROM counted)
  ), raised AS (
    UPDATE erasure SET erasures = erasures + 1 WHERE EXISTS (SELECT FROM gone)
  )
  SELECT ${WORKS_WITH} AS works_with, pg_current_xact_id()::xid::text AS xid,
    (SELECT count(*) FROM gone)::integer AS messages, (SELECT count(*) FROM gone_conflicts)::integer AS conflicts`;

export interface Step extends Erased {
  /** Of the transaction. */
  readonly xid: string;
}

/**
 * Those of the ids that are stored, and how many were: of two who erase the same at once, each message is told to one. Waits for whoever
 * counts. By a program that knows the schema `known`; throws AppError `unavailable` in one that does not work with it any more.
 */
export async function eraseStep(client: Client, ids: readonly string[], known: number): Promise<Step> {
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${UPKEEP_LOCK})`);
  const { rows } = await client.query<Step & { works_with: number }>({
    name: "erase",
    text: ERASE,
    values: [ids, known],
  });
  await client.query("COMMIT");
  const [row] = rows;
  requireWorksWith(row?.works_with, known);
  if (row === undefined) throw new Error("a statement of one row told none");
  const { messages, conflicts, xid } = row;
  return { messages, conflicts, xid };
}
