/** The order of arrival is that of messages.id: given in the transaction that makes a message visible, and never given twice. */
import {
  type Arrival,
  type Arrivals,
  ARRIVALS_COUNTED,
  FOREIGN_PLACE,
  MALFORMED_PLACE,
  noSuchPlace,
} from "../arrivals.ts";
import type { Queries } from "./queries.ts";
import { MESSAGE_COLUMNS, messageOf } from "./row.ts";

const PLACE = /^([0-9a-f]{16})-(0|[1-9]\d{0,14})$/;

const BEHIND = `
  SELECT messages.id AS id, ${MESSAGE_COLUMNS} FROM messages WHERE messages.id > $after AND messages.id <= $end
  ORDER BY messages.id LIMIT $limit`;
const COUNT = "SELECT count(*) AS n FROM (SELECT 1 FROM messages WHERE id > $after LIMIT $limit)";

/** Store.arrivals, of one moment. */
export function arrivalsBehind(
  queries: Queries,
  after: string | null,
  limit: number,
  end?: string,
): Arrivals {
  return queries.inOneSnapshot(() => {
    const { identity, last } = inboxOf(queries);
    const from = after === null ? last : numberOf(after, identity, last);
    const to = end === undefined ? last : numberOf(end, identity, last);
    const rows = queries.rows(BEHIND, { after: from, end: to, limit });
    const data = rows.map((row): Arrival => {
      return { place: `${identity}-${Number(row["id"])}`, message: messageOf(row) };
    });
    const isCut = rows.length === limit;
    // Where nothing is left, also what is erased is passed.
    const next = (isCut ? data.at(-1)?.place : undefined) ?? `${identity}-${Math.max(from, to)}`;
    return { data, next, isCut };
  });
}

/** Store.countArrivals. */
export function countArrivals(queries: Queries, after: string): number {
  return queries.inOneSnapshot(() => {
    const { identity, last } = inboxOf(queries);
    return queries.count(COUNT, { after: numberOf(after, identity, last), limit: ARRIVALS_COUNTED });
  });
}

function inboxOf(queries: Queries): { identity: string; last: number } {
  const row = queries.row("SELECT identity, last_given FROM inbox, watermark");
  return { identity: String(row?.["identity"]), last: Number(row?.["last_given"]) };
}

function numberOf(place: string, identity: string, last: number): number {
  const [, of, id] = PLACE.exec(place) ?? [];
  if (of === undefined) throw noSuchPlace(MALFORMED_PLACE);
  // One that was not given yet is of a file that was put back by hand.
  if (of !== identity || Number(id) > last) throw noSuchPlace(FOREIGN_PLACE);
  return Number(id);
}
