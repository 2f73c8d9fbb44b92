/** The search index, asked for one part at a time. */
import { allOf, arrived, type Condition, containsNeedle, withinOf } from "./conditions.ts";
import type { Criteria } from "./criteria.ts";
import type { Part } from "./moment.ts";
import { endOfPrefix, phrase } from "./needle.ts";
import { partyTerm, searchTable, termsTable } from "./part.ts";
import type { Limits } from "./plan.ts";
import type { Queries } from "./queries.ts";

/** Rows of the table messages: which statement asks for them, in FROM and WHERE. */
export interface Share {
  readonly from: string;
  readonly where: Condition;
}

/** The messages of a part that match, by way of the search index where that can tell. */
export function sharesOfPart(criteria: Criteria, part: Part, queries: Queries, limits: Limits): Share[] {
  const match = matchOf(criteria, part, queries, limits);
  if (match === "none") return [];
  const [above, upTo] = [part.firstId - 1, part.lastId];
  if (match === "texts") return sharesOfTexts(criteria, above, upTo, limits);
  return [shareOfMatch(criteria, part, match, above, upTo)];
}

/** Hits of the search index, each with its message beside it. */
export function shareOfMatch(
  criteria: Criteria,
  part: Part,
  match: Query,
  above: number,
  upTo: number,
): Share {
  const { from, where } = hitsOf(part, match, above, upTo);
  return {
    from: `(SELECT rowid AS hit FROM ${from} WHERE ${where.sql}) CROSS JOIN messages ON messages.id = hit`,
    where: allOf(withinOf(criteria), { sql: "TRUE", values: where.values }),
  };
}

/** Those above one id and up to another that match, looked through in the order of their ids. */
export function sharesOfTexts(criteria: Criteria, above: number, upTo: number, { texts }: Limits): Share[] {
  const shares: Share[] = [];
  for (let from = above; from < upTo; from += texts) {
    const where = allOf(
      arrived(from, Math.min(from + texts, upTo)),
      withinOf(criteria),
      containsNeedle(criteria),
    );
    shares.push({ from: "messages NOT INDEXED", where });
  }
  return shares;
}

/** In FTS5's query language; `none` of the part's texts contains the needle; or its `texts` have to be looked through. */
export type Match = Query | "none" | "texts";

export interface Query {
  readonly query: string;
}

/** Asks for the needle, and with it for the sides, which the search index knows too. */
export function matchOf(criteria: Criteria, part: Part, queries: Queries, limits: Limits): Match {
  const { needle } = criteria;
  const text = needle?.match ?? termsWith(needle?.prefix ?? null, part, queries, limits);
  if (text === null) return "texts";
  return text === "" ? "none" : queryOf(criteria, text);
}

/** The rows of a part's search table, of messages above one id and up to another. */
export function hitsOf(part: Part, { query }: Query, above: number, upTo: number): Share {
  const table = searchTable(part.part);
  const sql = [`${table} MATCH $match`];
  // A full part is asked for without: that is the quicker way.
  if (above >= part.firstId) sql.push("rowid > $above");
  if (upTo < part.fullId) sql.push("rowid <= $up_to");
  return { from: table, where: { sql: sql.join(" AND "), values: { match: query, above, up_to: upTo } } };
}

/** The trigrams of the part that begin with the prefix, of which one must stand in the text; null when they are many. */
function termsWith(prefix: string | null, { part }: Part, queries: Queries, limits: Limits): string | null {
  if (prefix === null) return null;
  const terms: string[] = [];
  let messages = 0;
  const sql = `SELECT term, doc FROM ${termsTable(part)} WHERE term >= $first AND term < $end`;
  for (const { term, doc } of queries.each(sql, { first: prefix, end: endOfPrefix(prefix) })) {
    messages += Number(doc);
    if (terms.length >= limits.terms || messages > limits.termMessages) return null;
    terms.push(phrase(String(term)));
  }
  return terms.join(" OR ");
}

/** Hits in a part, whatever their time, counted up to what is frequent; null where that takes a look at each text. */
export function hitsIn(
  criteria: Criteria,
  part: Part,
  queries: Queries,
  { frequent }: Limits,
): number | null {
  const { needle } = criteria;
  if (needle === undefined || needle.match === null) {
    return needle?.prefix && part.isTidy ? keptHits(needle.prefix, part, queries) : null;
  }
  const query = queryOf(criteria, needle.match);
  const { from, where } = hitsOf(part, query, part.firstId - 1, part.lastId);
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${from} WHERE ${where.sql} LIMIT $frequent)`;
  return queries.count(sql, { ...where.values, frequent });
}

/** In how many texts of a tidy part a short needle stands. */
export function keptHits(needle: string, { part }: Part, queries: Queries): number {
  const sql = "SELECT messages AS n FROM short_needles WHERE needle = $needle AND part = $part";
  return queries.count(sql, { needle, part });
}

function queryOf({ sides }: Criteria, text: string): Query {
  const asked = sides.map(({ role, id }) => `${role} : ${phrase(partyTerm(id))}`);
  return { query: [`text : (${text})`, ...asked].join(" AND ") };
}
