/** The ids of messages that were erased long ago are forgotten. */
import type { Client } from "pg";
import { ID_HASH_BYTES } from "../erased-id.ts";
import { hashIn } from "./erased-ids.ts";
import { vacuumErasedIds } from "./vacuum.ts";
import { requireWorksWith, WORKS_WITH } from "./works-with.ts";

/** By the first byte of their hashes, which are spread evenly: of a million ids, some 4,000 in a transaction. */
const PARTS = 256;

const FORGET = `
  WITH gone AS (
    DELETE FROM erased WHERE ${WORKS_WITH} <= $4::integer AND id_hash >= $1 AND id_hash < $2 AND day < $3::integer RETURNING 1
  ), noted AS (
    UPDATE forgotten SET day = $3::integer WHERE ${WORKS_WITH} <= $4::integer AND day < $3::integer
  )
  SELECT ${WORKS_WITH} AS works_with, count(*)::integer AS forgotten FROM gone`;

/** In the order of the index: whoever makes hashes known does it in that order. */
const FORGET_EACH = `
  WITH gone AS (
    DELETE FROM erased WHERE day < $2::integer AND id_hash = ANY (ARRAY(
      SELECT ${hashIn("id")} FROM unnest($1::text[]) AS id
    )) RETURNING 1
  ), noted AS (
    UPDATE forgotten SET day = $2::integer WHERE day < $2::integer AND EXISTS (SELECT FROM gone)
  )
  SELECT count(*)::integer AS forgotten FROM gone`;

/** Those erased before the day. `known` is the schema that this program knows; `mayGoOn` is asked before each step, and throws to end it. */
export async function forgetErased(
  client: Client,
  day: number,
  known: number,
  mayGoOn: () => void,
): Promise<void> {
  let forgotten = 0;
  for (let part = 0; part < PARTS; part += 1) {
    mayGoOn();
    const { rows } = await client.query<{ works_with: number; forgotten: number }>({
      name: "forget",
      text: FORGET,
      values: [Buffer.from([part]), endOf(part), day, known],
    });
    requireWorksWith(rows[0]?.works_with, known);
    forgotten += rows[0]?.forgotten ?? 0;
  }
  if (forgotten > 0) await vacuumErasedIds(client);
}

/** TargetStore.forgetErased. */
export async function forgetEach(client: Client, ids: readonly string[], day: number): Promise<number> {
  const { rows } = await client.query<{ forgotten: number }>(FORGET_EACH, [ids, day]);
  return rows[0]?.forgotten ?? 0;
}

/** What lies behind every hash that begins with the byte. */
function endOf(part: number): Buffer {
  return part + 1 < PARTS ? Buffer.from([part + 1]) : Buffer.alloc(ID_HASH_BYTES + 1, part);
}
