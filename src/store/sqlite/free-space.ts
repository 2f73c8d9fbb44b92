import type { DatabaseSync } from "node:sqlite";

/** What one step writes: some 5 ms with its sync, for which an append to the journal has to wait. */
const STEP_BYTES = 512 * 1024;
/** Rows of that size that one step gives back: none of their pages is written again. */
const STEP_ROWS = 8;
/** An overflow page begins with the number of the next. */
const OVERFLOW_HEAD_BYTES = 4;

/**
 * Overwrites what is free in a file, since pages that got free still hold what was in them: all of them are taken for zeros, and
 * given back. Within a page that is in use SQLite overwrites what it deletes by itself (connection.ts).
 */
export class FreeSpace {
  readonly #database: DatabaseSync;
  #isTaken = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** One transaction. True when nothing is left to do; what was cut short, another one begins anew. */
  overwriteSome(): boolean {
    if (!this.#isTaken) {
      this.#isTaken = !this.#takeSome();
      return false;
    }
    const given = this.#database
      .prepare("DELETE FROM zeros WHERE rowid IN (SELECT rowid FROM zeros LIMIT ?)")
      .run(STEP_ROWS);
    this.#isTaken = Number(given.changes) > 0;
    return !this.#isTaken;
  }

  /** False when no page is free. */
  #takeSome(): boolean {
    const free = figure(this.#database, "freelist_count");
    if (free === 0) return false;
    const pageBytes = figure(this.#database, "page_size");
    const pages = Math.min(free, Math.ceil(STEP_BYTES / pageBytes));
    this.#database.prepare("INSERT INTO zeros VALUES (zeroblob(?))").run(filling(pages, pageBytes));
    return true;
  }
}

/**
 * The size of a blob that fills so many overflow pages to their last byte: what is left of one would keep what was there. A quarter
 * of a page is then what stays on the page of its row (sqlite.org/fileformat.html#b_tree_pages, "K is less than or equal to X").
 */
function filling(pages: number, pageBytes: number): number {
  return pages * (pageBytes - OVERFLOW_HEAD_BYTES) + Math.floor(pageBytes / 4);
}

/**
 * While it is on, a page is overwritten as it gets free. SQLite keeps the first one of its list as it was when it takes that for the end
 * of a long text, which may fill only a part of it (sqlite.org/fileformat.html#the_freelist): what an arrival took would then be
 * neither free nor overwritten. Too costly to be on always.
 */
export function setOverwritingFreed(database: DatabaseSync, isOn: boolean): void {
  database.exec(`PRAGMA secure_delete = ${isOn ? "ON" : "FAST"}`);
}

function figure(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}
