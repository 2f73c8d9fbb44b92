/** What is kept so that no read has to count, with what waits to be counted, beside what a recount finds. */
import { HOUR_SECONDS, PERIOD_SECONDS } from "../periods.ts";
import type { Queries } from "./queries.ts";

/** A kept figure that is not what a recount finds. */
export interface Difference {
  readonly figure: string;
  readonly kept: number;
  readonly counted: number;
}

interface Recount {
  /** What is compared, for the progress line. */
  readonly name: string;
  /** Rows `figure, kept, counted`. */
  readonly sql: string;
}

const SIDES = [
  ["sent", "sender"],
  ["received", "recipient"],
] as const;

export const RECOUNTS: readonly Recount[] = [
  {
    name: "totals",
    sql: `
      SELECT 'messages' AS figure, messages + (SELECT count(*) FROM uncounted) AS kept,
        (SELECT count(*) FROM messages) AS counted FROM totals
      UNION ALL SELECT 'senders', senders, (SELECT count(*) FROM parties WHERE sent > 0) FROM totals`,
  },
  ...SIDES.map(([count, side]) => ({
    name: `messages ${count} by each party`,
    sql: compared(
      `SELECT name AS figure, ${count} AS n FROM parties UNION ALL SELECT ${side}, 1 FROM uncounted`,
      `SELECT ${side} AS figure FROM messages`,
    ),
  })),
  ...PERIOD_SECONDS.map((width) => ({
    name: `messages of each period of ${width} s`,
    sql: compared(
      `SELECT start::text AS figure, messages AS n FROM periods WHERE width = ${width}
       UNION ALL SELECT (${startIn(width)})::text, 1 FROM uncounted`,
      `SELECT (${startIn(width)})::text AS figure FROM messages`,
    ),
  })),
  ...SIDES.map(([count, side]) => ({
    name: `messages ${count} by each party, by the hour`,
    sql: compared(
      `SELECT party || ' at ' || start AS figure, ${count} AS n FROM party_hours
       UNION ALL SELECT ${side} || ' at ' || ${startIn(HOUR_SECONDS)}, 1 FROM uncounted`,
      `SELECT ${side} || ' at ' || ${startIn(HOUR_SECONDS)} AS figure FROM messages`,
    ),
  })),
];

export async function recount(queries: Queries, { sql }: Recount): Promise<Difference[]> {
  const rows = await queries.rows(`SELECT * FROM (${sql}) AS each WHERE kept IS DISTINCT FROM counted`);
  return rows.map(({ figure, kept, counted }) => ({
    figure: String(figure),
    kept: Number(kept),
    counted: Number(counted),
  }));
}

/** Figures that are kept beside those that are counted; what one side lacks is 0 there. */
function compared(kept: string, counted: string): string {
  return `SELECT figure, coalesce(sum(k.n), 0) AS kept, coalesce(max(c.n), 0) AS counted
    FROM (SELECT figure, sum(n) AS n FROM (${kept}) AS each GROUP BY figure) AS k
    FULL JOIN (SELECT figure, count(*) AS n FROM (${counted}) AS each GROUP BY figure) AS c USING (figure)
    GROUP BY figure`;
}

function startIn(width: number): string {
  return `(ts_seconds - (ts_seconds % ${width} + ${width}) % ${width})`;
}
