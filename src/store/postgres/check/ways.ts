/** By which way a statement reads: a check compares what is found by one with what is found by another. */
import type { Queries } from "../queries.ts";

/**
 * Unless a check says otherwise, everything is read from the tables themselves: an index that lacks a row must not be what a
 * figure is compared with. A statement takes as long as it takes (what the client gives up, check-postgres-store.ts says).
 */
export const SESSION = {
  default_transaction_read_only: "on",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  enable_indexscan: "off",
  enable_indexonlyscan: "off",
  enable_bitmapscan: "off",
};

/** Up to the end of the transaction: in the order of an index, from the index alone. */
export const BY_INDEX = `
  SET LOCAL enable_indexscan = on; SET LOCAL enable_indexonlyscan = on;
  SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off`;

/** Up to the end of the transaction: as a search does. */
export const BY_SEARCH_INDEX = "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = off";

/** Whether the statement goes by the index: not when it is missing, or not valid. */
export async function goesBy(index: string, sql: string, queries: Queries): Promise<boolean> {
  const row = await queries.row(`EXPLAIN (FORMAT JSON) ${sql}`);
  return JSON.stringify(row?.["QUERY PLAN"]).includes(`"Index Name":${JSON.stringify(index)}`);
}
