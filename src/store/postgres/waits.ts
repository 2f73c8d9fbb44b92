/**
 * Waits for what other transactions began before: nobody waits for whoever waits here. A lock on the table in place of it would let
 * every append queue behind it, and a vacuum that runs for an hour would keep it off.
 */
import { AppError } from "../../errors.ts";
import { type Columns, Queries } from "./queries.ts";

const LOOK_EVERY_MS = 5;
/** Longer than the sender of a batch waits for its answer (pools.ts): what goes on beyond was given up, or is no append. */
const WRITES_MS_MAX = 30_000;
/** A read is given less (READ_TIMEOUT_MS, as a rule); what people or a backup read for longer is not waited for. */
const SNAPSHOTS_MS_MAX = 10_000;

/** A statement takes the lock before its snapshot, and keeps it up to the end of its transaction. */
const WRITERS = `
  SELECT virtualtransaction AS id FROM pg_locks
  WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation IN ('messages'::regclass, 'conflicts'::regclass)`;

/** Whoever may still see what the transaction `$xid` removed. A vacuum holds nothing back. */
const SNAPSHOTS = `
  SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND age(backend_xmin) >= age($xid::xid)
    AND query NOT ILIKE 'VACUUM%' AND query NOT ILIKE 'autovacuum:%'`;

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

/** Resolves when no read sees any more what the transaction removed, or when it has waited long enough for that. */
export async function waitForSnapshots(queries: Queries, xid: string): Promise<void> {
  await isOver(async () => (await queries.rows(SNAPSHOTS, { xid })).length > 0, SNAPSHOTS_MS_MAX);
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
