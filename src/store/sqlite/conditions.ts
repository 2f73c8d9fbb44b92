import type { SQLInputValue } from "node:sqlite";
import { fold } from "../../fold.ts";
import type { MessageFilter, PageRequest } from "../../message.ts";

/** Named parameters of a statement, without their `$`. */
export type Values = Record<string, SQLInputValue>;

/** A WHERE clause, empty where nothing narrows, and the values of its parameters. */
export interface Conditions {
  readonly where: string;
  readonly values: Values;
}

const BEHIND = {
  asc: "(ts_seconds, ts_nanos, message_id) > ($after_seconds, $after_nanos, $after_id)",
  desc: "(ts_seconds, ts_nanos, message_id) < ($after_seconds, $after_nanos, $after_id)",
};

/** Of what the search index holds; a shorter needle is looked for in each text. */
const TRIGRAM_CHARACTERS = 3;
/** `folded` is src/fold.ts, as the connection has it. */
const CONTAINS = "instr(folded(text), $q) > 0";
/** The messages that the search index knows, and those that it does not know yet. */
const SEARCH = `
  SELECT rowid FROM search WHERE search MATCH $match
  UNION ALL SELECT id FROM messages WHERE id > (SELECT searchable FROM watermark) AND ${CONTAINS}`;

/** Which messages match a filter; with a page, only those behind its cursor. */
export function conditionsOf(filter: MessageFilter, page?: PageRequest): Conditions {
  const terms: string[] = [];
  const values: Values = {};
  if (filter.from !== undefined) {
    terms.push("sender = (SELECT id FROM parties WHERE name = $from)");
    values["from"] = filter.from;
  }
  if (filter.to !== undefined) {
    terms.push("recipient = (SELECT id FROM parties WHERE name = $to)");
    values["to"] = filter.to;
  }
  if (filter.since !== undefined) {
    terms.push("(ts_seconds, ts_nanos) >= ($since_seconds, $since_nanos)");
    Object.assign(values, { since_seconds: filter.since.seconds, since_nanos: filter.since.nanos });
  }
  if (filter.until !== undefined) {
    terms.push("(ts_seconds, ts_nanos) < ($until_seconds, $until_nanos)");
    Object.assign(values, { until_seconds: filter.until.seconds, until_nanos: filter.until.nanos });
  }
  if (filter.q !== undefined) {
    const needle = fold(filter.q);
    values["q"] = needle;
    if (Array.from(needle).length >= TRIGRAM_CHARACTERS) {
      terms.push(`id IN (${SEARCH})`);
      // A phrase in FTS5's query language, in which only the quote has to be doubled.
      values["match"] = `"${needle.replaceAll('"', '""')}"`;
    } else {
      terms.push(CONTAINS);
    }
  }
  if (page?.after !== undefined) {
    const { seconds, nanos, message_id } = page.after;
    terms.push(BEHIND[page.order]);
    Object.assign(values, { after_seconds: seconds, after_nanos: nanos, after_id: message_id });
  }
  return { where: terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`, values };
}
