import { DIFFERENCES_SHOWN_MAX, type Findings } from "../../check.ts";
import { erasedIdHash } from "../../erased-id.ts";
import { erasureKey, hashIn } from "../erased-ids.ts";
import type { Queries } from "../queries.ts";
import { ERASING_LOCK } from "../schema.ts";

/** Any id: it tells whether the server hashes as whoever moves an inbox does. */
const PROBE = "an id with ü and 😀";

/** Nothing is hashed where nothing was erased. */
const STORED = `
  SELECT message_id AS id, count(*) OVER () AS total FROM messages
  WHERE (SELECT EXISTS (SELECT FROM erased)) AND ${hashIn("message_id")} IN (SELECT id_hash FROM erased)
  ORDER BY 1 LIMIT ${DIFFERENCES_SHOWN_MAX}`;

/**
 * That the ids are hashed as they should be, and that no message is stored whose id is known as erased. While somebody erases there are
 * some, which are about to go: those are no difference.
 */
export async function* checkErased(queries: Queries, found: Findings): AsyncGenerator<number> {
  yield 0;
  const key = await erasureKey(queries);
  if (key === null) {
    found.add({ what: "the key that the ids of erased messages are hashed with is missing" });
    return;
  }
  const row = await queries.row(`SELECT encode(${hashIn("$id::text")}, 'hex') AS hash`, { id: PROBE });
  if (row?.["hash"] !== erasedIdHash(key, PROBE).toString("hex")) {
    found.add({ what: "the ids of erased messages are not hashed with the key that is kept" });
  }
  if ((await queries.rows(STORED)).length === 0) return;
  yield 0.5;
  await queries.rows("BEGIN");
  const lock = await queries.row(`SELECT pg_try_advisory_xact_lock(${ERASING_LOCK}) AS ours`);
  // Looked at again: whoever erased may have been at it a moment ago.
  const rows = lock?.["ours"] === true ? await queries.rows(STORED) : [];
  await queries.rows("COMMIT");
  for (const { id } of rows) {
    found.add({
      what: `message ${String(id)} is stored, and its id is known as erased: erase it again, that was not finished`,
    });
  }
  found.addUntold(Number(rows[0]?.["total"] ?? 0) - rows.length);
}
