/** What one writes first on PostgreSQL: a pool of connections, and for each message an INSERT of its own. */
import type { Pool, PoolClient } from "pg";
import { fractionDigits, parseInstant } from "../../src/instant.ts";
import type { Message, Outcome } from "../../src/message.ts";
import { HOUR_SECONDS, PERIOD_SECONDS, startOf } from "../../src/store/periods.ts";
import type { Ingest } from "../../src/webhook/ingest.ts";

/** Into the service's own table and its indexes; nothing for the search. */
const INSERT = `
  INSERT INTO messages (message_id, sender, recipient, ts_seconds, ts_nanos, ts_digits, text)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`;

/**
 * The figures that the service keeps, but for the number of senders. The totals come first, which makes one message wait for the
 * other: in any other order they would wait in a circle.
 */
const COUNT = `
  WITH counted_periods AS (
    INSERT INTO periods SELECT width, start, 1 FROM unnest($3::integer[], $4::bigint[]) AS each (width, start)
    ON CONFLICT (width, start) DO UPDATE SET messages = periods.messages + 1
  ), counted_parties AS (
    INSERT INTO parties VALUES ($1::text, 1, 0), ($2::text, 0, 1)
    ON CONFLICT (name) DO UPDATE
    SET sent = parties.sent + excluded.sent, received = parties.received + excluded.received
  ), counted_hours AS (
    INSERT INTO party_hours VALUES ($1::text, $5::bigint, 1, 0), ($2::text, $5::bigint, 0, 1)
    ON CONFLICT (party, start) DO UPDATE
    SET sent = party_hours.sent + excluded.sent, received = party_hours.received + excluded.received
  )
  UPDATE totals SET messages = messages + 1`;

/** `counts`: whether the figures are kept in the transaction of each message. */
export function naiveIngest(pool: Pool, counts: boolean): Ingest {
  return {
    submit: (message) => (counts ? storeAndCount(pool, message) : store(pool, message)),
    depth: () => ({ messages: 0, messagesMax: 0, bytes: 0, bytesMax: 0 }),
  };
}

async function storeAndCount(pool: Pool, message: Message): Promise<Outcome> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const outcome = await store(client, message);
    if (outcome === "created") await client.query({ name: "count", text: COUNT, values: countedOf(message) });
    await client.query("COMMIT");
    return outcome;
  } finally {
    client.release();
  }
}

/** What is known is a duplicate here, whatever its content. */
async function store(client: Pool | PoolClient, message: Message): Promise<Outcome> {
  const { rowCount } = await client.query({ name: "insert", text: INSERT, values: rowOf(message) });
  return rowCount === 0 ? "duplicate" : "created";
}

function rowOf({ message_id, from, to, ts, text }: Message): unknown[] {
  const { seconds, nanos } = parseInstant(ts) ?? { seconds: 0, nanos: 0 };
  return [message_id, from, to, seconds, nanos, fractionDigits(ts), text];
}

function countedOf({ from, to, ts }: Message): unknown[] {
  const { seconds } = parseInstant(ts) ?? { seconds: 0 };
  const starts = PERIOD_SECONDS.map((width) => startOf(seconds, width));
  return [from, to, [...PERIOD_SECONDS], starts, startOf(seconds, HOUR_SECONDS)];
}
