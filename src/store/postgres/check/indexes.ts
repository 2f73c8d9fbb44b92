import type { Findings } from "../../check.ts";
import type { Queries } from "../queries.ts";
import { BY_INDEX, goesBy } from "./ways.ts";

interface KeptIndex {
  readonly name: string;
  readonly table: string;
  readonly columns: string;
  /** Where it is not that of the columns. */
  readonly order?: string;
  readonly where?: string;
}

/** Every B-tree of migrations/postgres/; the search index has a check of its own. */
export const INDEXES: readonly KeptIndex[] = [
  { name: "messages_pkey", table: "messages", columns: "message_id" },
  { name: "messages_in_order", table: "messages", columns: "ts_seconds, ts_nanos, message_id" },
  { name: "messages_by_sender", table: "messages", columns: "sender, ts_seconds, ts_nanos, recipient" },
  { name: "messages_by_recipient", table: "messages", columns: "recipient, ts_seconds, ts_nanos, sender" },
  { name: "totals_pkey", table: "totals", columns: "one" },
  { name: "periods_pkey", table: "periods", columns: "width, start" },
  { name: "parties_pkey", table: "parties", columns: "name" },
  {
    name: "parties_by_sent",
    table: "parties",
    columns: "sent, name",
    order: "sent DESC, name",
    where: "sent > 0",
  },
  { name: "party_hours_pkey", table: "party_hours", columns: "party, start" },
  { name: "conflicts_pkey", table: "conflicts", columns: "message_id, later_hash" },
  { name: "conflicts_by_time", table: "conflicts", columns: "last_ms, message_id, later_hash" },
  { name: "conflicts_of_message", table: "conflicts", columns: "message_id, last_ms, later_hash" },
  { name: "erased_pkey", table: "erased", columns: "id_hash" },
  { name: "erasure_pkey", table: "erasure", columns: "one" },
  { name: "forgotten_pkey", table: "forgotten", columns: "one" },
  { name: "messages_by_arrival", table: "messages", columns: "arrived", where: "arrived IS NOT NULL" },
  { name: "inbox_pkey", table: "inbox", columns: "one" },
];

/** That each is there, and holds the rows of its table and nothing else: both are read whole, and what they hold is added up. */
export async function* checkIndexes(queries: Queries, found: Findings): AsyncGenerator<number> {
  for (const [done, index] of INDEXES.entries()) {
    yield done / INDEXES.length;
    await queries.inOneSnapshot(() => checkIndex(index, queries, found));
  }
}

async function checkIndex(index: KeptIndex, queries: Queries, found: Findings): Promise<void> {
  const { name, table, columns, where = "TRUE", order = columns } = index;
  const rows = `SELECT ${columns} FROM ${table} WHERE ${where}`;
  const inTable = await queries.row(sumOf(rows, columns));
  await queries.rows(BY_INDEX);
  const sql = sumOf(`${rows} ORDER BY ${order} OFFSET 0`, columns);
  if (!(await goesBy(name, sql, queries))) {
    found.add({ what: `the index ${name} is missing, or not valid` });
    return;
  }
  const inIndex = await queries.row(sql);
  const [kept, counted] = [Number(inIndex?.["n"]), Number(inTable?.["n"])];
  if (kept !== counted) found.add({ what: `rows in the index ${name}`, kept, counted });
  else if (inIndex?.["hash"] !== inTable?.["hash"]) found.add({ what: `the index ${name} holds other rows` });
}

/** How many rows, and the sum of their hashes, which is that of the same rows in any order. */
function sumOf(rows: string, columns: string): string {
  const hash = `hashtextextended(concat_ws(' ', ${columns}) COLLATE "C", 0)`;
  return `SELECT count(*) AS n, sum(${hash}) AS hash FROM (${rows}) AS each`;
}
