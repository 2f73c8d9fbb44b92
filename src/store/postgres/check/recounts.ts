/**
 * The figures that are kept so that no read has to count, with what waits to be counted, beside what a recount finds. Each is one
 * statement, and so of one moment, whatever arrives meanwhile.
 */
import { formatInstant, INSTANT_SECONDS_MAX, INSTANT_SECONDS_MIN } from "../../../instant.ts";
import { DIFFERENCES_SHOWN_MAX, Findings } from "../../check.ts";
import { HOUR_SECONDS, PERIOD_NAMES, PERIOD_SECONDS } from "../../periods.ts";
import type { Columns, Queries } from "../queries.ts";
import { TOTALS } from "../reader.ts";
import { startIn } from "../tallies.ts";

export interface Recount {
  readonly name: string;
  /** Rows `kept, counted`, and what they are figures of: `figure`, `party` or `start`, or the last two. */
  readonly sql: string;
}

const SIDES = [
  ["sent", "sender"],
  ["received", "recipient"],
] as const;
const HOUR = startIn("ts_seconds", HOUR_SECONDS);

export const RECOUNTS: readonly Recount[] = [
  {
    name: "totals",
    // The row may be missing.
    sql: `
      WITH kept AS (SELECT totals.* FROM (VALUES (1)) AS one LEFT JOIN (${TOTALS}) AS totals ON TRUE)
      SELECT 'messages' AS figure, messages AS kept, (SELECT count(*) FROM messages) AS counted FROM kept
      UNION ALL
      SELECT 'senders', senders, (SELECT count(*) FROM (SELECT DISTINCT sender FROM messages) AS each) FROM kept`,
  },
  ...SIDES.map(([count, side]) => ({
    name: `messages ${count} by each party`,
    sql: compared("party", {
      kept: `SELECT name AS party, ${count} AS n FROM parties UNION ALL SELECT ${side}, 1 FROM uncounted`,
      counted: `SELECT ${side} AS party FROM messages`,
    }),
  })),
  ...PERIOD_SECONDS.map((width) => ({
    name: `messages of each ${PERIOD_NAMES[width]}`,
    sql: compared("start", {
      kept: `
        SELECT start, messages AS n FROM periods WHERE width = ${width}
        UNION ALL SELECT ${startIn("ts_seconds", width)}, 1 FROM uncounted`,
      counted: `SELECT ${startIn("ts_seconds", width)} AS start FROM messages`,
    }),
  })),
  ...SIDES.map(([count, side]) => ({
    name: `messages ${count} by each party, by the hour`,
    sql: compared("party, start", {
      kept: `
        SELECT party, start, ${count} AS n FROM party_hours UNION ALL SELECT ${side}, ${HOUR}, 1 FROM uncounted`,
      counted: `SELECT ${side} AS party, ${HOUR} AS start FROM messages`,
    }),
  })),
];

/** Any number of figures may differ: those that are told are sent, and how many there are. */
export async function recount(queries: Queries, { sql }: Recount): Promise<Findings> {
  const found = new Findings();
  const rows = await queries.rows(
    `SELECT *, count(*) OVER () AS total FROM (${sql}) AS each WHERE kept IS DISTINCT FROM counted
     ORDER BY 1, 2 LIMIT ${DIFFERENCES_SHOWN_MAX}`,
  );
  for (const row of rows) found.compare(figureOf(row), numberIn(row, "kept"), numberIn(row, "counted"));
  found.addUntold(Number(rows[0]?.["total"] ?? 0) - rows.length);
  return found;
}

/** Figures that are kept beside those that are counted; what one side lacks is 0 there. */
function compared(key: string, { kept, counted }: { kept: string; counted: string }): string {
  return `
    SELECT ${key}, sum(kept) AS kept, sum(counted) AS counted FROM (
      SELECT ${key}, n AS kept, 0 AS counted FROM (${kept}) AS kept
      UNION ALL
      SELECT ${key}, 0, count(*) FROM (${counted}) AS counted GROUP BY ${key}
    ) AS both_sides GROUP BY ${key}`;
}

function figureOf(row: Columns): string {
  if ("figure" in row) return String(row["figure"]);
  const party = "party" in row ? [`party ${String(row["party"])}`] : [];
  const start = "start" in row ? [timeNamed(Number(row["start"]))] : [];
  return [...party, ...start].join(" at ");
}

/** In UTC, to the minute where it is a whole one; a number that is no time as it is. */
function timeNamed(seconds: number): string {
  if (seconds < INSTANT_SECONDS_MIN || seconds > INSTANT_SECONDS_MAX) return String(seconds);
  return formatInstant({ seconds, nanos: 0 }).replace(/:00Z$/, "Z");
}

function numberIn(row: Columns, name: string): number | null {
  const value = row[name] ?? null;
  return value === null ? null : Number(value);
}
