/** A part of the search index beside the same part made anew: `kept` and `main` are the schemas in which they lie. */
import type { Findings } from "../../check.ts";
import { searchTable } from "../part.ts";
import type { Queries } from "../queries.ts";
import type { Columns } from "../row.ts";

type Schema = "kept" | "main";

/** Trigrams by column: sqlite.org/fts5.html#the_fts5vocab_virtual_table_module */
export function createTerms(part: number): string {
  return `;
    CREATE VIRTUAL TABLE temp.terms_of_kept USING fts5vocab (kept, ${searchTable(part)}, col);
    CREATE VIRTUAL TABLE temp.terms_of_main USING fts5vocab (main, ${searchTable(part)}, col);`;
}

export function dropTerms(): string {
  return "DROP TABLE temp.terms_of_kept; DROP TABLE temp.terms_of_main;";
}

/** Adds a difference for each trigram that does not stand in the same messages, as often; none is told, being a piece of a text. */
export function compareTerms(part: number, queries: Queries, found: Findings): void {
  const [keptTerms, madeTerms] = [queries.each(termsOf("kept", part)), queries.each(termsOf("main", part))];
  for (const [kept, made] of inStep(keptTerms, madeTerms)) {
    const figures = (name: string): [kept: number, counted: number] => [
      Number(kept?.[name] ?? 0),
      Number(made?.[name] ?? 0),
    ];
    const [messages, occurrences, ids] = [figures("doc"), figures("cnt"), figures("ids")];
    const name = `part ${part}, a trigram of ${String((kept ?? made)?.["col"])}`;
    if (messages[0] !== messages[1] || ids[0] !== ids[1]) {
      // To find the message takes longer than to count.
      const where = found.isTelling
        ? ` (${whereItDiffers(part, String((kept ?? made)?.["query"]), queries)})`
        : "";
      found.add({ what: `${name}, messages${where}`, kept: messages[0], counted: messages[1] });
    } else found.compare(`${name}, occurrences`, ...occurrences);
  }
}

/** Each trigram, in the order of its bytes: in how many messages it stands, how often, and the sum of their numbers. */
function termsOf(schema: Schema, part: number): string {
  return `
    SELECT *, (SELECT sum(rowid) FROM ${matching(schema, part, "query")}) AS ids
    FROM (
      SELECT CAST(term AS BLOB) AS term, col, doc, cnt, col || ' : "' || replace(term, '"', '""') || '"' AS query
      FROM temp.terms_of_${schema} AS terms ORDER BY terms.term
    )`;
}

function matching(schema: Schema, part: number, query: string): string {
  const table = searchTable(part);
  return `${schema}.${table} AS searched WHERE searched.${table} MATCH ${query}`;
}

function whereItDiffers(part: number, query: string, queries: Queries): string {
  const first = (schema: Schema, but: Schema): string | null => {
    const sql = `
      SELECT hit, (SELECT message_id FROM messages WHERE id = hit) AS message_id
      FROM (SELECT min(rowid) AS hit FROM (
        SELECT rowid FROM ${matching(schema, part, "$query")}
        EXCEPT SELECT rowid FROM ${matching(but, part, "$query")}
      ))`;
    const { hit = null, message_id = null } = queries.row(sql, { query }) ?? {};
    return hit === null ? null : `message ${String(message_id ?? `number ${String(hit)}`)}`;
  };
  const lacking = first("main", "kept");
  return lacking === null ? `${first("kept", "main") ?? "one"} should not have it` : `${lacking} lacks it`;
}

/** Null is behind the last. */
type Terms = Iterator<Columns, null>;

/** Each trigram once, as it stands on both sides; neither side is ever in memory whole. */
function* inStep(
  keptTerms: Iterable<Columns>,
  madeTerms: Iterable<Columns>,
): Generator<readonly [kept: Columns | null, made: Columns | null]> {
  const keptRest = keptTerms[Symbol.iterator]() as Terms;
  const madeRest = madeTerms[Symbol.iterator]() as Terms;
  let [kept, made] = [keptRest.next().value, madeRest.next().value];
  while (kept !== null || made !== null) {
    const order = inOrder(kept, made);
    yield [order <= 0 ? kept : null, order >= 0 ? made : null];
    if (order <= 0) kept = keptRest.next().value;
    if (order >= 0) made = madeRest.next().value;
  }
}

const COLUMNS = ["text", "sender", "recipient"];

/** Below 0 when the first comes before the second or alone. */
function inOrder(a: Columns | null, b: Columns | null): number {
  if (a === null) return 1;
  if (b === null) return -1;
  const byTerm = Buffer.compare(a["term"] as Uint8Array, b["term"] as Uint8Array);
  return byTerm === 0 ? COLUMNS.indexOf(String(a["col"])) - COLUMNS.indexOf(String(b["col"])) : byTerm;
}
