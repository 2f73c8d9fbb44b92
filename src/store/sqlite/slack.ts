/**
 * Slack: bytes of a page that hold nothing any more. SQLite overwrites a row that it deletes where it stands, but when it spreads the
 * rows of a page over two, those that went to the other stay behind in what is now the gap of the first, until that fills up
 * (sqlite.org/fileformat.html#b_tree_pages). So an erased number or id could be found in an index that was once split beside it.
 *
 * Slack is overwritten in the file itself, past SQLite, some pages a step. That is safe since
 * - nothing but slack is written: whatever a power cut leaves of it, no row is touched;
 * - the write-ahead log is empty and stays so during the step, so no later copy of a page is in it;
 * - this connection, the only one that writes, has dropped its copies of the pages before, and reads them anew;
 * - the descriptor stays open for as long as the connections: on closing it the system would drop their locks on the file as well
 *   (sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 *
 * Behind the last page the log is synced: SQLite empties it without, so that a power cut could bring back what was in it.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, readSync, statSync, writeSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { emptyLog } from "./log-bound.ts";

/** Of one step: some 15 ms. */
const STEP_BYTES = 4 * 1024 * 1024;
/**
 * The first byte of a page of rows; of any other it is the first of a page number, and so 0 in a file of fewer pages than these (128 GiB),
 * and without the pages of auto_vacuum, which lyftr never sets. In others slack is left.
 */
const ROWS_PAGE_TYPES = new Set([0x02, 0x05, 0x0a, 0x0d]);
const PAGES_TOLD_APART = 2 ** 25;
const INTERIOR_TYPES = new Set([0x02, 0x05]);
/** A block that was freed within a page begins with the place of the next, and its own size. */
const FREED_HEAD_BYTES = 4;

/** `busy`: another program reads the file; the same step again. */
export type SlackStep = "more" | "done" | "busy";

export class Slack {
  readonly #database: DatabaseSync;
  readonly #descriptor: number;
  readonly #logPath: string;
  #nextPage = 2;

  /** The first page holds the schema, and none of the messages. */
  constructor(database: DatabaseSync) {
    const path = String(database.location());
    this.#database = database;
    this.#descriptor = openSync(path, "r+");
    this.#logPath = `${path}-wal`;
  }

  /** `isFirst`: from the beginning of the file, else on from where the last step ended. */
  overwriteSome(isFirst: boolean): SlackStep {
    if (isFirst) this.#nextPage = 2;
    if (!emptyLog(this.#database)) return "busy";
    this.#database.exec("PRAGMA shrink_memory; BEGIN IMMEDIATE");
    try {
      if (this.#logBytes() > 0) return "busy";
      return this.#overwriteNext();
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  /** After every connection to the file. */
  close(): void {
    closeSync(this.#descriptor);
  }

  #overwriteNext(): SlackStep {
    const pageBytes = this.#figure("page_size");
    const pages = this.#figure("page_count");
    const count = Math.min(Math.floor(STEP_BYTES / pageBytes), pages - this.#nextPage + 1);
    const isToldApart = pages < PAGES_TOLD_APART && this.#figure("auto_vacuum") === 0;
    if (count <= 0 || !isToldApart) {
      this.#syncLog();
      return "done";
    }
    const start = (this.#nextPage - 1) * pageBytes;
    const read = Buffer.alloc(count * pageBytes);
    readSync(this.#descriptor, read, 0, read.length, start);
    let isWritten = false;
    for (let offset = 0; offset < read.length; offset += pageBytes) {
      for (const [from, to] of slackIn(read.subarray(offset, offset + pageBytes))) {
        if (!holdsAnything(read.subarray(offset + from, offset + to))) continue;
        writeSync(this.#descriptor, Buffer.alloc(to - from), 0, to - from, start + offset + from);
        isWritten = true;
      }
    }
    if (isWritten) fdatasyncSync(this.#descriptor);
    this.#nextPage += count;
    return "more";
  }

  /** There are no locks on it that closing it could drop: they are on the file and on its -shm. */
  #syncLog(): void {
    if (!existsSync(this.#logPath)) return;
    const log = openSync(this.#logPath, "r+");
    try {
      fdatasyncSync(log);
    } finally {
      closeSync(log);
    }
  }

  #logBytes(): number {
    return statSync(this.#logPath, { throwIfNoEntry: false })?.size ?? 0;
  }

  #figure(pragma: string): number {
    return Number(this.#database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
  }
}

/** Where a page has slack, from a byte on and before another: its gap, and what was freed within it. None where it holds no rows. */
function slackIn(page: Buffer): (readonly [from: number, to: number])[] {
  const type = page.readUInt8(0);
  if (!ROWS_PAGE_TYPES.has(type)) return [];
  const pointers = INTERIOR_TYPES.has(type) ? 12 : 8;
  const gap = pointers + 2 * page.readUInt16BE(3);
  // 0 stands for 65536.
  const content = page.readUInt16BE(5) || 0x10000;
  if (gap > content || content > page.length) return [];
  const slack: [number, number][] = [[gap, content]];
  for (let freed = page.readUInt16BE(1); freed !== 0; freed = page.readUInt16BE(freed)) {
    const end = freed + page.readUInt16BE(freed + 2);
    const last = slack.at(-1)?.[1] ?? 0;
    // Not of a page of rows after all, such as one that is free.
    if (freed < last || end > page.length || end < freed + FREED_HEAD_BYTES) return [];
    slack.push([freed + FREED_HEAD_BYTES, end]);
  }
  return slack;
}

function holdsAnything(bytes: Buffer): boolean {
  return bytes.some((byte) => byte !== 0);
}
