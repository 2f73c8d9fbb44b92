/**
 * Waits for what other transactions began before: nobody waits for whoever waits here. A lock on the table in place of it would let
 * every append queue behind it, and a vacuum that runs for an hour would keep it off.
 */
import { AppError } from "../../errors.ts";
import { type Columns, Queries } from "./queries.ts";

const LOOK_EVERY_MS = 5;
/** Longer than the sender of a batch waits for its answer (pools.ts): what goes on beyond was given up, or is no append. */
const WRITES_MS_MAX = 30_000;
/**
 * A read is given less (READ_TIMEOUT_MS, as a rule), and a standby that tells what it reads does so every 10 s; what people or a backup
 * read for longer is not waited for.
 */
const SNAPSHOTS_MS_MAX = 12_000;

/** A statement takes the lock before its snapshot, and keeps it up to the end of its transaction. */
const WRITERS = `
  SELECT virtualtransaction AS id FROM pg_locks
  WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation IN ('messages'::regclass, 'conflicts'::regclass)`;

/**
 * Whoever may still see what the transaction `$xid` removed: a snapshot or a transaction of before, here or on a standby. A vacuum holds
 * nothing back, though the analysis does that the server makes behind its own.
 */
const SNAPSHOTS = `
  WITH others AS (
    SELECT backend_xmin, backend_xid FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND (datname = current_database() OR backend_type = 'walsender')
      AND (pid IN (SELECT pid FROM pg_stat_progress_analyze) OR query NOT ILIKE 'VACUUM%' AND query NOT ILIKE 'autovacuum:%')
  ), holding AS (
    SELECT backend_xmin AS xid FROM others UNION ALL SELECT backend_xid FROM others
    UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database()
    UNION ALL SELECT xmin FROM pg_replication_slots
  )
  SELECT FROM holding WHERE age(xid) >= age($xid::xid) LIMIT 1`;

/**
 * Resolves when every statement that writes messages or conflicts and began before the call has ended: each that writes after it sees
 * what was committed before it. Rejects with AppError `unavailable` when one goes on for too long.
 */
export async function waitForWriters(queries: Queries): Promise<void> {
  const begun = idsOf(await queries.rows(WRITERS));
  const areLeft = async (): Promise<boolean> => {
    if (begun.size === 0) return false;
    return [...idsOf(await queries.rows(WRITERS))].some((id) => begun.has(id));
  };
  if (await isOver(areLeft, WRITES_MS_MAX)) return;
  const reason = `a transaction that writes messages goes on for more than ${WRITES_MS_MAX} ms (pg_stat_activity shows it)`;
  throw new AppError("unavailable", "the store is not available now", { reason });
}

/** Whether somebody may still see what the transaction removed: then no vacuum takes it. */
export async function isSeen(queries: Queries, xid: string): Promise<boolean> {
  return (await queries.rows(SNAPSHOTS, { xid })).length > 0;
}

/** Resolves when that is over, or to false when it has waited long enough for that. */
export function waitForSnapshots(queries: Queries, xid: string): Promise<boolean> {
  return isOver(() => isSeen(queries, xid), SNAPSHOTS_MS_MAX);
}

async function isOver(areLeft: () => Promise<boolean>, msMax: number): Promise<boolean> {
  const endMs = performance.now() + msMax;
  while (await areLeft()) {
    if (performance.now() > endMs) return false;
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
  return true;
}

function idsOf(rows: readonly Columns[]): Set<string> {
  return new Set(rows.map(({ id }) => String(id)));
}
