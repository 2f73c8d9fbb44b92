/**
 * The ids of erased messages stay known by a keyed hash (store/erased-id.ts), which the server makes itself: so storing a batch costs
 * nothing more while nothing was ever erased, and the key stays in the database.
 */
import type { Client } from "pg";
import { ERASURE_KEY_BYTES, ID_HASH_BYTES, otherErasureKey } from "../erased-id.ts";
import type { ErasedRecord } from "../move.ts";
import type { Columns, Queries } from "./queries.ts";

/** Of SHA-256, the bytes that it takes in at once; what HMAC fills the key up to. */
const BLOCK_BYTES = 64;
/** What HMAC changes the key by before each of its two hashes (RFC 2104 §2). */
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** In SQL, what erasedIdHash makes of an id. */
export function hashIn(id: string): string {
  const inner = `sha256((SELECT inner_pad FROM erasure) || convert_to(${id}, 'UTF8'))`;
  return `substr(sha256((SELECT outer_pad FROM erasure) || ${inner}), 1, ${ID_HASH_BYTES})`;
}

/** At the moment of the statement that it stands in. Looked at once, however many ids are asked for. */
const NOTHING_ERASED = "(SELECT NOT EXISTS (SELECT FROM erased))";

/**
 * In SQL, whether an id is not one of an erased message. In place of NOT EXISTS, for which the server may gather all hashes there are
 * to look for a few.
 */
export function isNotErased(id: string): string {
  return `(${NOTHING_ERASED} OR (SELECT id_hash FROM erased WHERE id_hash = ${hashIn(id)}) IS NULL)`;
}

/** The first behind a hash, in the order of hashes, at most `limit`. */
export async function erasedBehind(
  queries: Queries,
  after: string | null,
  limit: number,
): Promise<ErasedRecord[]> {
  const rows = await queries.rows(
    `SELECT encode(id_hash, 'hex') AS hash, day FROM erased WHERE id_hash > decode($after, 'hex')
     ORDER BY id_hash LIMIT $limit`,
    { after: after ?? "", limit },
  );
  return rows.map((row: Columns) => ({ hash: String(row["hash"]), day: Number(row["day"]) }));
}

/** Those of the ids that were erased. */
export async function erasedAmong(queries: Queries, ids: readonly string[]): Promise<string[]> {
  const rows = await queries.rows(
    `SELECT id FROM unnest($ids::text[]) AS id WHERE EXISTS (SELECT FROM erased WHERE id_hash = ${hashIn("id")})`,
    { ids },
  );
  return rows.map(({ id }) => String(id));
}

/** Of one that is there, the later day stays. In the order in which every process writes them, so that none waits in a circle. */
export async function keepErased(client: Client, records: readonly ErasedRecord[]): Promise<void> {
  const sorted = records.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
  await client.query(
    `INSERT INTO erased (id_hash, day)
     SELECT decode(hash, 'hex'), day FROM unnest($1::text[], $2::integer[]) AS kept (hash, day)
     ON CONFLICT (id_hash) DO UPDATE SET day = excluded.day WHERE erased.day < excluded.day`,
    [sorted.map(({ hash }) => hash), sorted.map(({ day }) => day)],
  );
}

/** TargetStore.keepErased. */
export async function joinErased(
  client: Client,
  key: string,
  records: readonly ErasedRecord[],
): Promise<void> {
  if (!(await takeErasureKey(client, Buffer.from(key, "hex")))) throw otherErasureKey();
  await keepErased(client, records);
}

/** Null where it is missing, which it never should be. */
export async function erasureKey(queries: Queries): Promise<Buffer | null> {
  const row = await queries.row("SELECT encode(hash_key, 'hex') AS key FROM erasure");
  return row === undefined ? null : Buffer.from(String(row["key"]), "hex");
}

/** Whether ids are hashed with that key now: not when some are known that were hashed with another. */
export async function takeErasureKey(client: Client, key: Uint8Array): Promise<boolean> {
  if (key.length !== ERASURE_KEY_BYTES) throw new Error(`a key of ${key.length} bytes`);
  const { rowCount } = await client.query(
    `UPDATE erasure SET hash_key = $1, inner_pad = $2, outer_pad = $3
     WHERE hash_key = $1 OR NOT EXISTS (SELECT FROM erased)`,
    [key, padOf(key, INNER_PAD), padOf(key, OUTER_PAD)],
  );
  return rowCount === 1;
}

function padOf(key: Uint8Array, pad: number): Buffer {
  return Buffer.from(Array.from({ length: BLOCK_BYTES }, (_, at) => (key[at] ?? 0) ^ pad));
}
