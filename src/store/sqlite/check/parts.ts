import type { Findings } from "../../check.ts";
import { searchTable, termsTable } from "../part.ts";
import type { Queries } from "../queries.ts";
import type { Columns } from "../row.ts";
import type { KeptFile } from "./kept-file.ts";

const TIMES =
  "SELECT min(ts_seconds) AS earliest, max(ts_seconds) AS latest FROM messages WHERE id >= $first AND id <= $last";

/** That the parts of the search index follow each other, each with its tables, and say the times that their messages have. */
export function* checkParts({ queries }: KeptFile, found: Findings): Generator<number> {
  const { parts, reached, tables } = queries.inOneSnapshot(() => readParts(queries));
  const expected = new Set<string>();
  let [part, firstId] = [1, 1];
  for (const row of parts) {
    found.compare(`number of part ${part}`, numberIn(row, "part"), part);
    found.compare(`first message of part ${part}`, numberIn(row, "first_id"), firstId);
    checkPart(row, reached, queries, found);
    expected.add(searchTable(numberIn(row, "part"))).add(termsTable(numberIn(row, "part")));
    [part, firstId] = [part + 1, numberIn(row, "last_id") + 1];
    yield Math.min(1, firstId / reached);
  }
  const last = parts.at(-1);
  const [least, most] = last === undefined ? [0, 0] : [numberIn(last, "first_id"), numberIn(last, "last_id")];
  found.compare("last message in a part", reached, Math.min(Math.max(reached, least), most));
  for (const name of expected) if (!tables.has(name)) found.add({ what: `the table ${name} is missing` });
  for (const name of tables) if (!expected.has(name)) found.add({ what: `the table ${name} is of no part` });
}

function readParts(queries: Queries): { parts: Columns[]; reached: number; tables: ReadonlySet<string> } {
  const tables = queries.rows("SELECT name FROM kept.sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'");
  return {
    parts: queries.rows("SELECT * FROM parts ORDER BY part"),
    reached: queries.count("SELECT searchable AS n FROM watermark"),
    tables: new Set(tables.map(({ name }) => String(name))),
  };
}

/** Messages never change, so that these are of the moment in which the parts were read. */
function checkPart(row: Columns, reached: number, queries: Queries, found: Findings): void {
  const [part, last] = [numberIn(row, "part"), Math.min(numberIn(row, "last_id"), reached)];
  const times = queries.row(TIMES, { first: numberIn(row, "first_id"), last }) ?? {};
  for (const name of ["earliest", "latest"] as const) {
    const counted = times[name] ?? null;
    found.compare(
      `${name} second of part ${part}`,
      numberIn(row, name),
      counted === null ? null : Number(counted),
    );
  }
  if (row["tidy"] === 1 && last < numberIn(row, "last_id"))
    found.add({ what: `part ${part} is said to be merged, and is not full` });
}

function numberIn(row: Columns, name: string): number {
  return Number(row[name]);
}
