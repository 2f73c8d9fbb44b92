import type { DatabaseSync } from "node:sqlite";

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

/** What the search index holds of a message. */
const SEARCHED = `id, coalesce(folded, lower(text)) || '${TEXT_END.repeat(2)}', ${termOf("sender")}, ${termOf("recipient")}`;

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
    SELECT ${SEARCHED} FROM messages WHERE id > ? AND id <= ? AND text IS NOT NULL`;
}

/** Takes out what fillPart put in of one message, which must still be there. */
export function takeFromPart(part: number): string {
  return `
    INSERT INTO ${searchTable(part)} (${searchTable(part)}, rowid, text, sender, recipient)
    SELECT 'delete', ${SEARCHED} FROM messages WHERE id = ? AND text IS NOT NULL`;
}

/**
 * Whether what is taken out is overwritten at once, which takes a look at every place where its trigrams stand; else it is
 * crossed out, and gone once the part is merged (sqlite.org/fts5.html#the_secure_delete_configuration_option).
 */
export function setOverwriting(part: number, isOverwritten: boolean): string {
  const table = searchTable(part);
  return `INSERT INTO ${table} (${table}, rank) VALUES ('secure-delete', ${isOverwritten ? 1 : 0})`;
}

/** Merges the segments of a part further, by so many pages; false when there was nothing to merge any more. */
export function mergePart(database: DatabaseSync, part: number, pages: number): boolean {
  const table = searchTable(part);
  const changes = (): number =>
    Number(database.prepare("SELECT total_changes() AS changes").get()?.["changes"]);
  const before = changes();
  database.exec(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', -${pages})`);
  // Where there was nothing, that changes one row (sqlite.org/fts5.html#the_merge_command).
  return changes() - before >= 2;
}

export function dropPart(part: number): string {
  return `DROP TABLE ${termsTable(part)}; DROP TABLE ${searchTable(part)}`;
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
