/** What is kept so that no read has to count, beside what a recount finds. */
import { PERIOD_SECONDS } from "../periods.ts";
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
  /** Rows `figure, kept, counted` of what differs. */
  readonly sql: string;
}

const HOUR = startOf(3_600);

export const RECOUNTS: readonly Recount[] = [
  {
    name: "totals",
    sql: `
      SELECT 'messages' AS figure, messages AS kept, (SELECT count(*) FROM messages) AS counted FROM totals
      UNION ALL SELECT 'senders', senders, (SELECT count(DISTINCT sender) FROM messages) FROM totals`,
  },
  {
    name: "messages sent by each party",
    sql: compared("SELECT name AS figure, sent AS n FROM parties", partyCount("sender")),
  },
  {
    name: "messages received by each party",
    sql: compared("SELECT name AS figure, received AS n FROM parties", partyCount("recipient")),
  },
  ...PERIOD_SECONDS.map((width) => ({
    name: `messages of each period of ${width} s`,
    sql: compared(
      `SELECT '${width} s from ' || start AS figure, messages AS n FROM periods WHERE width = ${width}`,
      `SELECT '${width} s from ' || ${startOf(width)} AS figure, count(*) AS n FROM messages GROUP BY 1`,
    ),
  })),
  {
    name: "messages sent by each party, by the hour",
    sql: compared(
      "SELECT party || ' at ' || start AS figure, sent AS n FROM party_hours",
      partyHour("sender"),
    ),
  },
  {
    name: "messages received by each party, by the hour",
    sql: compared(
      "SELECT party || ' at ' || start AS figure, received AS n FROM party_hours",
      partyHour("recipient"),
    ),
  },
];

export function recount(queries: Queries, { sql }: Recount): Difference[] {
  return queries
    .rows(`SELECT * FROM (${sql}) WHERE kept IS NOT counted`)
    .map(({ figure, kept, counted }) => ({
      figure: String(figure),
      kept: Number(kept),
      counted: Number(counted),
    }));
}

/** Figures that are kept beside those that are counted; what one side lacks is 0 there. */
function compared(kept: string, counted: string): string {
  return `SELECT coalesce(k.figure, c.figure) AS figure, coalesce(k.n, 0) AS kept, coalesce(c.n, 0) AS counted
    FROM (${kept}) k FULL JOIN (${counted}) c ON k.figure = c.figure`;
}

function partyCount(role: "sender" | "recipient"): string {
  return `SELECT name AS figure, n FROM parties JOIN
    (SELECT ${role} AS id, count(*) AS n FROM messages GROUP BY 1) USING (id)`;
}

function partyHour(role: "sender" | "recipient"): string {
  return `SELECT ${role} || ' at ' || ${HOUR} AS figure, count(*) AS n FROM messages GROUP BY 1`;
}

function startOf(width: number): string {
  return `(ts_seconds - (ts_seconds % ${width} + ${width}) % ${width})`;
}
