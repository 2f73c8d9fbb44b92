import type { Findings } from "../../check.ts";
import { searchTable, termsTable } from "../part.ts";
import type { Queries } from "../queries.ts";
import type { Columns } from "../row.ts";
import type { KeptFile } from "./kept-file.ts";

const TIMES =
  "SELECT min(ts_seconds) AS earliest, max(ts_seconds) AS latest FROM messages WHERE id >= $first AND id <= $last";
const BETWEEN = "SELECT count(*) AS n FROM messages WHERE id > $above AND id <= $up_to";

/**
 * That the parts of the search index follow each other, each with its tables, and that the times of their messages lie within those
 * that they say. One whose messages were all erased is gone.
 */
export function* checkParts({ queries }: KeptFile, found: Findings): Generator<number> {
  const { parts, reached, tables } = queries.inOneSnapshot(() => readParts(queries));
  const expected = new Set<string>();
  let lastId = 0;
  for (const row of parts) {
    const [part, firstId] = [numberIn(row, "part"), numberIn(row, "first_id")];
    found.compare(`first message of part ${part}`, firstId, Math.max(firstId, lastId + 1));
    found.compare(
      `messages in no part before part ${part}`,
      0,
      messagesBetween(lastId, firstId - 1, queries),
    );
    checkPart(row, reached, queries, found);
    expected.add(searchTable(part)).add(termsTable(part));
    lastId = numberIn(row, "last_id");
    yield Math.min(1, lastId / reached);
  }
  found.compare("messages in no part behind the last", 0, messagesBetween(lastId, reached, queries));
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

function messagesBetween(above: number, upTo: number, queries: Queries): number {
  return queries.count(BETWEEN, { above, up_to: upTo });
}

/** Messages never change, so that these are of the moment in which the parts were read. */
function checkPart(row: Columns, reached: number, queries: Queries, found: Findings): void {
  const [part, last] = [numberIn(row, "part"), Math.min(numberIn(row, "last_id"), reached)];
  const { earliest, latest } = queries.row(TIMES, { first: numberIn(row, "first_id"), last }) ?? {};
  // Null where all of them were erased. They are not narrowed when a message goes.
  if (typeof earliest === "number" && earliest < numberIn(row, "earliest"))
    found.compare(`earliest second of part ${part}`, numberIn(row, "earliest"), earliest);
  if (typeof latest === "number" && latest > numberIn(row, "latest"))
    found.compare(`latest second of part ${part}`, numberIn(row, "latest"), latest);
  if (row["tidy"] === 1 && last < numberIn(row, "last_id"))
    found.add({ what: `part ${part} is said to be merged, and is not full` });
}

function numberIn(row: Columns, name: string): number {
  return Number(row[name]);
}
