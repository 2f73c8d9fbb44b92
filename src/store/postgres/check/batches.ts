import type { Columns, Queries } from "../queries.ts";

/** Of one step between two signs of progress. Of the longest texts, each kept in three forms, some 50 MB. */
export const BATCH_ROWS = 1_000;

/** All rows of one moment, batch by batch, read from the table and by no index. */
export function inBatches(queries: Queries, sql: string): AsyncGenerator<Columns[]> {
  return queries.eachInOneSnapshot(async function* batches() {
    await queries.rows(`DECLARE batches NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const rows = await queries.rows(`FETCH ${BATCH_ROWS} FROM batches`);
      if (rows.length === 0) return;
      yield rows;
    }
  });
}
