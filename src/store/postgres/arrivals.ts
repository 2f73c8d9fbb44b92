/**
 * The order of arrival: by the number of the transaction that stored a message, then by message_id.
 *
 * Numbers are given in order, but transactions end in any order. So nothing is read from H on, the horizon: every transaction below H
 * that stores messages has ended, and whoever begins later gets a number that is not below H.
 *
 *   1. xmin, xmax  of a snapshot: every number below xmax has been given, and every one below xmin has ended
 *   2. writers     then, who holds the lock under which `messages` is written, and which number each of them has
 *   3. H           the smallest of these numbers and xmax; where one has none yet, it may be getting it: then xmin at the most
 *   4. read        then, what is below H, in a later snapshot
 *
 * A statement takes its lock before its transaction gets a number, and keeps it until that has ended for every later snapshot. So
 * whoever has a number below xmax (1) held the lock before (2), and is either seen there, so that H is not above its number, or has
 * ended by then, so that (4) sees what it stored. What others do in long transactions holds nothing up.
 */
import type { Client, QueryResult } from "pg";
import { storableProblem } from "../../storable.ts";
import { type Arrivals, ARRIVALS_COUNTED, FOREIGN_PLACE, MALFORMED_PLACE, noSuchPlace } from "../arrivals.ts";
import { type Columns, Queries } from "./queries.ts";
import { MESSAGE_COLUMNS, messageOf } from "./row.ts";
import { requireWorksWith, WORKS_WITH } from "./works-with.ts";

/**
 * With the timeline of the write-ahead log (as in connection.ts): a standby that took over may not have had what was read before, and
 * gives the same numbers again.
 */
const SNAPSHOT = `
  SELECT ${WORKS_WITH} AS works_with, identity || '.' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS inbox,
    pg_snapshot_xmin(snapshot)::text AS xmin, pg_snapshot_xmax(snapshot)::text AS xmax
  FROM inbox, pg_current_snapshot() AS snapshot`;

/** A row for each, with null for a number that is not there; of one with several numbers, one for each. */
const WRITERS = `
  WITH locks AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
  SELECT own.transactionid::text AS xid FROM locks AS writing LEFT JOIN locks AS own
    ON own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock' AND own.virtualtransaction = writing.virtualtransaction
  WHERE writing.locktype = 'relation' AND writing.mode = 'RowExclusiveLock' AND writing.relation = 'messages'::regclass
    AND writing.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const BEHIND = `arrived >= $xid::xid8 AND (arrived > $xid::xid8 OR message_id > $id)`;
const READ = `
  SELECT arrived::text AS xid, ${MESSAGE_COLUMNS} FROM messages WHERE ${BEHIND}
    AND arrived <= $end_xid::xid8 AND (arrived < $end_xid::xid8 OR message_id <= $end_id)
  ORDER BY arrived, message_id LIMIT $limit`;
const COUNT = `SELECT count(*) AS n FROM (SELECT FROM messages WHERE ${BEHIND} LIMIT $limit) AS each`;

/** Who the inbox is, the number and the id in base64url, which may be empty. */
const PLACE = /^([0-9a-f]{16}\.[0-9A-F]{8})-(0|[1-9]\d{0,19})-([\w-]*)$/;

/** Transactions are counted in 64 bits, and locks tell the lower 32. */
const XID_BITS = 32;

interface Place {
  readonly xid: bigint;
  /** Empty: before every message of the transaction. */
  readonly id: string;
}

/** Of one moment. */
interface Horizon {
  readonly inbox: string;
  /** Every message below it has been stored or never will be. */
  readonly horizon: bigint;
  readonly xmax: bigint;
}

/** Store.arrivals, by a program that knows the schema `known`. */
export async function arrivalsBehind(
  client: Client,
  known: number,
  after: string | null,
  limit: number,
  end?: string,
): Promise<Arrivals> {
  const { inbox, horizon, xmax } = await horizonOf(client, known);
  const write = ({ xid, id }: Place): string => `${inbox}-${xid}-${Buffer.from(id).toString("base64url")}`;
  const last = { xid: horizon, id: "" };
  const from = after === null ? last : placeOf(after, inbox, xmax);
  const to = end === undefined ? last : first(last, placeOf(end, inbox, xmax));
  const rows = await new Queries(client).rows(READ, {
    xid: String(from.xid),
    id: from.id,
    end_xid: String(to.xid),
    end_id: to.id,
    limit,
  });
  const data = rows.map((row) => {
    const message = messageOf(row);
    return { place: write({ xid: BigInt(String(row["xid"])), id: message.message_id }), message };
  });
  const isCut = rows.length === limit;
  // It never goes back, though the horizon itself may, to xmin.
  const next = (isCut ? data.at(-1)?.place : undefined) ?? write(first(from, to) === from ? to : from);
  return { data, next, isCut };
}

/** Store.countArrivals, likewise. */
export async function countArrivals(client: Client, known: number, after: string): Promise<number> {
  const { inbox, xmax } = await horizonOf(client, known);
  const { xid, id } = placeOf(after, inbox, xmax);
  return new Queries(client).count(COUNT, { xid: String(xid), id, limit: ARRIVALS_COUNTED });
}

/** Each statement has a snapshot of its own, and they run one after the other, in one round trip. */
async function horizonOf(client: Client, known: number): Promise<Horizon> {
  // The driver's types know nothing of several results.
  const results: unknown = await client.query(`${SNAPSHOT}; ${WRITERS}`);
  const [snapshot, writers] = (results as readonly QueryResult<Columns>[]).map(({ rows }) => rows);
  const row = snapshot?.[0];
  requireWorksWith(row?.["works_with"], known);
  const [xmin, xmax] = [BigInt(String(row?.["xmin"])), BigInt(String(row?.["xmax"]))];
  let horizon = xmax;
  for (const { xid } of writers ?? []) {
    const bound = typeof xid === "string" ? widened(xid, xmax) : xmin;
    if (bound < horizon) horizon = bound;
  }
  return { inbox: String(row?.["inbox"]), horizon, xmax };
}

/** No two that run at once are farther apart than half of those that 32 bits tell. */
function widened(xid: string, xmax: bigint): bigint {
  return xmax + BigInt.asIntN(XID_BITS, BigInt(xid) - xmax);
}

function first(a: Place, b: Place): Place {
  if (a.xid !== b.xid) return a.xid < b.xid ? a : b;
  return Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)) <= 0 ? a : b;
}

function placeOf(place: string, inbox: string, xmax: bigint): Place {
  const [, of, xid = "", written = ""] = PLACE.exec(place) ?? [];
  const id = Buffer.from(written, "base64url").toString();
  // No message has an id that no engine holds.
  if (of === undefined || storableProblem(id) !== null) throw noSuchPlace(MALFORMED_PLACE);
  // A number that was not given yet: the server lost what it had.
  if (of !== inbox || BigInt(xid) > xmax) throw noSuchPlace(FOREIGN_PLACE);
  return { xid: BigInt(xid), id };
}
