/**
 * The figures that are kept so that no read has to count, beside what a recount finds. Each is one statement, and so of one
 * moment. What is kept is recounted row by row in the indexes, and then every message must have its row: that way nothing
 * is sorted, and ten million messages need no more memory than ten.
 */
import type { Difference } from "../../check.ts";
import { HOUR_SECONDS, PERIOD_NAMES, PERIOD_SECONDS } from "../../periods.ts";
import type { Queries } from "../queries.ts";
import type { Role } from "../criteria.ts";

interface Recount {
  readonly name: string;
  /** Rows `figure, kept, counted`. */
  readonly sql: string;
}

const COLUMN_OF = { sender: "sent", recipient: "received" } as const;

export const RECOUNTS: readonly Recount[] = [
  {
    name: "numbers of messages",
    sql: `
      SELECT 'last number' AS figure, kept, max(kept, (SELECT coalesce(max(id), 0) FROM messages)) AS counted
      FROM (SELECT (SELECT last_given FROM watermark) AS kept)`,
  },
  {
    name: "totals",
    sql: `
      SELECT 'messages' AS figure, (SELECT messages FROM totals) AS kept, (SELECT count(*) FROM messages) AS counted
      UNION ALL
      SELECT 'senders', (SELECT senders FROM totals), (SELECT count(*) FROM (SELECT DISTINCT sender FROM messages))`,
  },
  { name: "messages sent by each party", sql: partyRecount("sender") },
  { name: "messages received by each party", sql: partyRecount("recipient") },
  ...PERIOD_SECONDS.map((width) => ({
    name: `messages of each ${PERIOD_NAMES[width]}`,
    sql: periodRecount(width),
  })),
  { name: "messages sent by each party, by the hour", sql: partyHourRecount("sender") },
  { name: "messages received by each party, by the hour", sql: partyHourRecount("recipient") },
  {
    name: "how far the search index is",
    sql: `
      SELECT 'last message in it' AS figure, kept, min(coalesce(kept, 0), (SELECT last_given FROM watermark)) AS counted
      FROM (SELECT (SELECT searchable FROM watermark) AS kept)`,
  },
];

/** Row by row: any number of figures may differ. */
export function* recount(queries: Queries, { sql }: Recount): Generator<Difference> {
  for (const { figure, kept, counted } of queries.each(`SELECT * FROM (${sql}) WHERE kept IS NOT counted`)) {
    yield { what: String(figure), kept: kept === null ? null : Number(kept), counted: Number(counted) };
  }
}

function partyRecount(role: Role): string {
  return `
    SELECT 'party ' || name AS figure, ${COLUMN_OF[role]} AS kept,
      (SELECT count(*) FROM messages WHERE ${role} = parties.id) AS counted
    FROM parties
    UNION ALL
    SELECT ${partyNamed(role)}, 0, count(*) FROM messages
    WHERE NOT EXISTS (SELECT 1 FROM parties WHERE id = ${role}) GROUP BY ${role}`;
}

function periodRecount(width: number): string {
  return `
    SELECT ${timeNamed("start")} AS figure, messages AS kept,
      (SELECT count(*) FROM messages WHERE ${isWithin(width)}) AS counted
    FROM periods WHERE width = ${width}
    UNION ALL
    SELECT ${timeNamed("period")}, 0, count(*) FROM (SELECT ${startOf(width)} AS period FROM messages)
    WHERE NOT EXISTS (SELECT 1 FROM periods WHERE width = ${width} AND start = period) GROUP BY period`;
}

function partyHourRecount(role: Role): string {
  return `
    SELECT ${partyNamed("party")} || ' at ' || ${timeNamed("start")} AS figure, ${COLUMN_OF[role]} AS kept,
      (SELECT count(*) FROM messages WHERE ${role} = party AND ${isWithin(HOUR_SECONDS)}) AS counted
    FROM party_hours
    UNION ALL
    SELECT ${partyNamed(role)} || ' at ' || ${timeNamed("hour")}, 0, count(*)
    FROM (SELECT ${role}, ${startOf(HOUR_SECONDS)} AS hour FROM messages)
    WHERE NOT EXISTS (SELECT 1 FROM party_hours WHERE party = ${role} AND start = hour) GROUP BY ${role}, hour`;
}

/** A row that begins within a period counts nothing, since its messages have another row. */
function isWithin(width: number): string {
  return `ts_seconds >= start AND ts_seconds < start + ${width} AND start % ${width} = 0`;
}

function startOf(width: number): string {
  return `(ts_seconds - (ts_seconds % ${width} + ${width}) % ${width})`;
}

function partyNamed(number: string): string {
  return `'party ' || coalesce((SELECT name FROM parties WHERE id = ${number}), 'number ' || ${number})`;
}

/** In UTC; SQLite knows the years 0 to 9999, which are those of an instant. */
function timeNamed(seconds: string): string {
  return `coalesce(strftime('%Y-%m-%dT%H:%MZ', ${seconds}, 'unixepoch'), ${seconds})`;
}
