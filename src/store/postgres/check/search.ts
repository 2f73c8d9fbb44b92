import type { Findings } from "../../check.ts";
import type { Queries } from "../queries.ts";
import { BY_SEARCH_INDEX, goesBy } from "./ways.ts";

/**
 * Each is looked for once in the index, which has to look at every message that it finds. Common ones are picked more often, so
 * that of a million messages nine in ten had one of the 24; it took five seconds.
 */
const NEEDLES = 24;
export const SEARCH_NAME = `messages that the search index finds, by up to ${NEEDLES} trigrams of the texts`;

const INDEX = "messages_by_letters";
const TRIGRAM_CHARACTERS = 3;
/** What letters.ts makes. Nothing else gets into a statement; that `letters` holds nothing else, texts.ts checks. */
const TRIGRAM = /^[a-z0-9]{3}$/;

/** Of messages by chance, but the same ones each time. */
const SAMPLE = `
  SELECT letters FROM messages WHERE length(letters) >= ${TRIGRAM_CHARACTERS}
  ORDER BY hashtextextended(message_id, 0), message_id LIMIT ${NEEDLES}`;

/**
 * That the search index finds every message that has a trigram, for some trigrams. It cannot find too many: each is looked at
 * again. None of them is told, since they are pieces of texts.
 */
export function checkSearch(queries: Queries, found: Findings): AsyncGenerator<number> {
  return queries.eachInOneSnapshot(async function* shares() {
    const needles = await pickNeedles(queries);
    const counted = await countInTable(needles, queries);
    await queries.rows(BY_SEARCH_INDEX);
    if (!(await goesBy(INDEX, countOf("abc"), queries))) {
      found.add({ what: `the index ${INDEX} is missing, or not valid` });
      return;
    }
    for (const [index, needle] of needles.entries()) {
      // To look through the table for all of them takes about as long as the index for one.
      yield (index + 1) / (needles.length + 1);
      const kept = await queries.count(countOf(needle));
      found.compare(`messages with trigram ${index + 1} of ${needles.length}`, kept, counted[index] ?? 0);
    }
  });
}

async function pickNeedles(queries: Queries): Promise<string[]> {
  const needles = (await queries.rows(SAMPLE)).map(({ letters }) => {
    const middle = Math.floor((String(letters).length - TRIGRAM_CHARACTERS) / 2);
    return String(letters).slice(middle, middle + TRIGRAM_CHARACTERS);
  });
  return [...new Set(needles)].filter((needle) => TRIGRAM.test(needle));
}

/** All at once. */
async function countInTable(needles: readonly string[], queries: Queries): Promise<number[]> {
  const counts = needles.map((needle, index) => `count(*) FILTER (WHERE ${has(needle)}) AS n${index}`);
  const row = (await queries.row(`SELECT ${["0 AS none", ...counts].join(", ")} FROM messages`)) ?? {};
  return needles.map((_, index) => Number(row[`n${index}`]));
}

function countOf(needle: string): string {
  return `SELECT count(*) AS n FROM messages WHERE ${has(needle)}`;
}

function has(needle: string): string {
  return `letters LIKE '%${needle}%'`;
}
