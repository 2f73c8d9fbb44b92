import type { DatabaseSync } from "node:sqlite";
import {
  type ConflictKey,
  type ConflictRecord,
  type ConflictsPage,
  conflictsPage,
  type ConflictsRequest,
} from "../conflict.ts";
import type { Queries } from "./queries.ts";
import type { Columns } from "./row.ts";
import { inTransaction } from "./transaction.ts";

const MERGE = `
  INSERT INTO conflicts (message_id, later_hash, first_hash, differs, first_ms, last_ms, times)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (message_id, later_hash) DO UPDATE SET first_ms = min(first_ms, excluded.first_ms),
    last_ms = max(last_ms, excluded.last_ms), times = max(times, excluded.times)`;

const IN_ORDER = "ORDER BY message_id, later_hash LIMIT $limit";
const BEHIND = "WHERE (message_id, later_hash) > ($id, $later)";

/** TargetStore.keepConflicts, in one transaction. */
export function mergeConflicts(database: DatabaseSync, records: readonly ConflictRecord[]): void {
  inTransaction(database, () => {
    const merge = database.prepare(MERGE);
    for (const { message_id, laterHash, firstHash, differs, firstMs, lastMs, times } of records) {
      merge.run(message_id, bytesOf(laterHash), bytesOf(firstHash), differs, firstMs, lastMs, times);
    }
  });
}

/** MoveReader.conflicts. */
export function conflictsBehind(
  queries: Queries,
  after: ConflictKey | null,
  limit: number,
): ConflictRecord[] {
  const rows =
    after === null
      ? queries.rows(`SELECT * FROM conflicts ${IN_ORDER}`, { limit })
      : queries.rows(`SELECT * FROM conflicts ${BEHIND} ${IN_ORDER}`, {
          limit,
          id: after.message_id,
          later: bytesOf(after.laterHash),
        });
  return rows.map(recordOf);
}

/** Store.conflicts. */
export function latestConflicts(queries: Queries, request: ConflictsRequest): ConflictsPage {
  const { limit, messageId, sinceMs, after } = request;
  const conditions = [
    ...(messageId === undefined ? [] : ["message_id = $id"]),
    ...(sinceMs === undefined ? [] : ["last_ms >= $since"]),
    ...(after === undefined ? [] : ["(last_ms, message_id, later_hash) < ($lastMs, $afterId, $later)"]),
  ];
  const rows = queries.rows(
    `SELECT * FROM conflicts WHERE ${conditions.join(" AND ") || "TRUE"}
     ORDER BY last_ms DESC, message_id DESC, later_hash DESC LIMIT $limit`,
    {
      // One more tells whether another page follows.
      limit: limit + 1,
      ...(messageId !== undefined && { id: messageId }),
      ...(sinceMs !== undefined && { since: sinceMs }),
      ...(after && { lastMs: after.lastMs, afterId: after.message_id, later: bytesOf(after.laterHash) }),
    },
  );
  return conflictsPage(rows.map(recordOf), limit);
}

function recordOf(row: Columns): ConflictRecord {
  return {
    message_id: String(row["message_id"]),
    laterHash: hexOf(row["later_hash"]),
    firstHash: hexOf(row["first_hash"]),
    differs: String(row["differs"]),
    firstMs: Number(row["first_ms"]),
    lastMs: Number(row["last_ms"]),
    times: Number(row["times"]),
  };
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

function hexOf(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString("hex");
}
