import type { Client } from "pg";
import { storableProblem } from "../../storable.ts";
import {
  type ConflictKey,
  type ConflictRecord,
  type ConflictsPage,
  conflictsPage,
  type ConflictsRequest,
} from "../conflict.ts";
import { isNotErased } from "./erased-ids.ts";
import type { Columns, Queries } from "./queries.ts";

const MERGE = `
  INSERT INTO conflicts (message_id, later_hash, first_hash, differs, first_ms, last_ms, times)
  SELECT id, decode(later, 'hex'), decode(first, 'hex'), differs, first_ms, last_ms, times
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS kept (id, later, first, differs, first_ms, last_ms, times)
  WHERE ${isNotErased("id")}
  ON CONFLICT (message_id, later_hash) DO UPDATE SET first_ms = least(conflicts.first_ms, excluded.first_ms),
    last_ms = greatest(conflicts.last_ms, excluded.last_ms), times = greatest(conflicts.times, excluded.times)`;

const COLUMNS = `message_id, encode(later_hash, 'hex') AS later, encode(first_hash, 'hex') AS first,
  differs, first_ms, last_ms, times`;
const IN_ORDER = "ORDER BY message_id, later_hash LIMIT $limit";
const BEHIND = "WHERE (message_id, later_hash) > ($id, decode($later, 'hex'))";

/** TargetStore.keepConflicts, but for those of erased messages. In the order in which every process writes conflicts (append.ts), so that none waits in a circle. */
export async function mergeConflicts(client: Client, records: readonly ConflictRecord[]): Promise<void> {
  const keyOf = ({ message_id, laterHash }: ConflictRecord): string => `${laterHash}${message_id}`;
  const sorted = records.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  await client.query(MERGE, [
    sorted.map(({ message_id }) => message_id),
    sorted.map(({ laterHash }) => laterHash),
    sorted.map(({ firstHash }) => firstHash),
    sorted.map(({ differs }) => differs),
    sorted.map(({ firstMs }) => firstMs),
    sorted.map(({ lastMs }) => lastMs),
    sorted.map(({ times }) => times),
  ]);
}

/** MoveReader.conflicts. */
export async function conflictsBehind(
  queries: Queries,
  after: ConflictKey | null,
  limit: number,
): Promise<ConflictRecord[]> {
  const rows =
    after === null
      ? await queries.rows(`SELECT ${COLUMNS} FROM conflicts ${IN_ORDER}`, { limit })
      : await queries.rows(`SELECT ${COLUMNS} FROM conflicts ${BEHIND} ${IN_ORDER}`, {
          limit,
          id: after.message_id,
          later: after.laterHash,
        });
  return rows.map(recordOf);
}

/** Store.conflicts. */
export async function latestConflicts(queries: Queries, request: ConflictsRequest): Promise<ConflictsPage> {
  const { limit, messageId, sinceMs, after } = request;
  if (messageId !== undefined && storableProblem(messageId) !== null) return { data: [], next: null };
  const conditions = [
    ...(messageId === undefined ? [] : ["message_id = $id"]),
    ...(sinceMs === undefined ? [] : ["last_ms >= $since"]),
    ...(after === undefined
      ? []
      : ["(last_ms, message_id, later_hash) < ($last_ms, $after_id, decode($later, 'hex'))"]),
  ];
  const rows = await queries.inOneSnapshot(() =>
    queries.rows(
      `SELECT ${COLUMNS} FROM conflicts WHERE ${conditions.join(" AND ") || "TRUE"}
       ORDER BY last_ms DESC, message_id DESC, later_hash DESC LIMIT $limit`,
      {
        // One more tells whether another page follows.
        limit: limit + 1,
        ...(messageId !== undefined && { id: messageId }),
        ...(sinceMs !== undefined && { since: sinceMs }),
        ...(after && { last_ms: after.lastMs, after_id: after.message_id, later: after.laterHash }),
      },
    ),
  );
  return conflictsPage(rows.map(recordOf), limit);
}

function recordOf(row: Columns): ConflictRecord {
  return {
    message_id: String(row["message_id"]),
    laterHash: String(row["later"]),
    firstHash: String(row["first"]),
    differs: String(row["differs"]),
    firstMs: Number(row["first_ms"]),
    lastMs: Number(row["last_ms"]),
    times: Number(row["times"]),
  };
}
