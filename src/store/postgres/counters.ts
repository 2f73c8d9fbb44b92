/**
 * The figures that are kept, so that no read has to count. A message is stored with a row in `uncounted`; those rows are counted
 * and removed by whichever process holds the lock, and what is kept and what is uncounted are exact together at any moment.
 */
import type { Client } from "pg";
import { HOUR_SECONDS, PERIOD_SECONDS } from "../periods.ts";
import { UPKEEP_LOCK } from "./schema.ts";
import { startIn } from "./tallies.ts";
import { WORKS_WITH } from "./works-with.ts";

/** From a message stored until it is counted: the longer, the more messages share the writing of a figure. */
export const COUNT_AFTER_MS = 500;
/** Rows counted in one transaction: some 100 ms, and as many figures written once in place of many times. */
export const COUNT_MESSAGES_MAX = 20_000;

const HOUR = startIn("ts_seconds", HOUR_SECONDS);

/** In the order of their keys, as everything that many might write at once; that they do not, the lock sees to. */
const COUNT = `
  WITH gone AS (
    DELETE FROM uncounted WHERE ${WORKS_WITH} <= $2::integer AND ctid = ANY (ARRAY(SELECT ctid FROM uncounted LIMIT $1))
    RETURNING ts_seconds, sender, recipient
  ), sides AS (
    SELECT sender AS party, ${HOUR} AS start, 1 AS sent, 0 AS received FROM gone
    UNION ALL SELECT recipient, ${HOUR}, 0, 1 FROM gone
  ), by_party AS (
    SELECT party, sum(sent) AS sent, sum(received) AS received FROM sides GROUP BY party
  ), counted_periods AS (
    INSERT INTO periods (width, start, messages)
    SELECT width, ${startIn("ts_seconds", "width")} AS start, count(*) FROM gone, unnest(ARRAY[${PERIOD_SECONDS.join()}]) AS width
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (width, start) DO UPDATE SET messages = periods.messages + excluded.messages
  ), counted_hours AS (
    INSERT INTO party_hours (party, start, sent, received)
    SELECT party, start, sum(sent), sum(received) FROM sides GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (party, start) DO UPDATE
    SET sent = party_hours.sent + excluded.sent, received = party_hours.received + excluded.received
  ), counted_parties AS (
    INSERT INTO parties (name, sent, received) SELECT party, sent, received FROM by_party ORDER BY party
    ON CONFLICT (name) DO UPDATE
    SET sent = parties.sent + excluded.sent, received = parties.received + excluded.received
    RETURNING name, sent
  ), new_senders AS (
    SELECT count(*) AS n FROM counted_parties JOIN by_party ON party = name
    WHERE by_party.sent > 0 AND by_party.sent = counted_parties.sent
  )
  UPDATE totals SET messages = messages + (SELECT count(*) FROM gone), senders = senders + (SELECT n FROM new_senders)
  WHERE EXISTS (SELECT FROM gone)
  RETURNING (SELECT count(*) FROM gone)::integer AS counted`;

/**
 * How many were counted; null when another process is counting. None by a program that knows the schema `known` alone, in one that
 * does not work with it any more.
 */
export async function countUncounted(client: Client, known: number): Promise<number | null> {
  await client.query("BEGIN");
  const { rows: locks } = await client.query<{ ours: boolean }>(
    `SELECT pg_try_advisory_xact_lock(${UPKEEP_LOCK}) AS ours`,
  );
  const ours = locks[0]?.ours === true;
  const counted = ours ? await client.query<{ counted: number }>(COUNT, [COUNT_MESSAGES_MAX, known]) : null;
  await client.query("COMMIT");
  return counted === null ? null : (counted.rows[0]?.counted ?? 0);
}
