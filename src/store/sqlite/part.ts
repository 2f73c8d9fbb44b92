/**
 * The search index lies in parts: FTS5 tables over the folded texts of consecutive ids, PART_MESSAGES each
 * (sqlite.org/fts5.html#the_trigram_tokenizer). A full part never changes again, so what was counted in it is counted
 * for good; merging never rewrites more than one part; and one part is a slice of work short enough to be stopped after.
 */

/** Of one part. Looking for what is nowhere costs some 50 µs a part; counting what is in every text some 40 ms. */
export const PART_MESSAGES = 256_000;

/** U+10FFFF, no character of any script. Behind a text, every one of its characters begins a trigram. */
export const TEXT_END = "\u{10ffff}";

/** A party's number as three characters of two bytes each, which is one trigram: 7 * 10^9 numbers. */
const DIGIT_FIRST = 0x80;
const DIGITS = 0x780;

export function searchTable(part: number): string {
  return `search_${part}`;
}

/** The trigrams of a part, in order: sqlite.org/fts5.html#the_fts5vocab_virtual_table_module */
export function termsTable(part: number): string {
  return `search_${part}_terms`;
}

/**
 * `automerge`: a part is written in 256 steps, so 16 times 16, of which each text is in two merges. `crisismerge`: never
 * a merge at once, which would hold up whoever waits for the indexer. `hashsize`: bytes of one step, so that it is one segment.
 */
export function createPart(part: number): string {
  const table = searchTable(part);
  return `
    CREATE VIRTUAL TABLE ${table} USING
      fts5 (text, sender, recipient, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1');
    INSERT INTO ${table} (${table}, rank) VALUES ('automerge', 16), ('crisismerge', 256), ('hashsize', 8388608);
    CREATE VIRTUAL TABLE ${termsTable(part)} USING fts5vocab (${table}, row)`;
}

export function fillPart(part: number): string {
  return `
    INSERT INTO ${searchTable(part)} (rowid, text, sender, recipient)
    SELECT id, coalesce(folded, lower(text)) || '${TEXT_END.repeat(2)}', ${termOf("sender")}, ${termOf("recipient")}
    FROM messages WHERE id > ? AND id <= ? AND text IS NOT NULL`;
}

/** What stands in the columns sender and recipient for a party. */
export function partyTerm(id: number): string {
  const digits = [id % DIGITS, Math.floor(id / DIGITS) % DIGITS, Math.floor(id / DIGITS ** 2)];
  return String.fromCodePoint(...digits.map((digit) => DIGIT_FIRST + digit));
}

function termOf(column: string): string {
  const digits = [`${column} % ${DIGITS}`, `${column} / ${DIGITS} % ${DIGITS}`, `${column} / ${DIGITS ** 2}`];
  return `char(${digits.map((digit) => `${DIGIT_FIRST} + ${digit}`).join(", ")})`;
}
