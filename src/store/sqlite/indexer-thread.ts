/** The thread that owns the only writing connection to the main file, and reads the journal. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Batch, Conflict, Row } from "./batch.ts";
import type { ConflictRecord } from "../conflict.ts";
import type { ErasureFilter } from "../../message.ts";
import type { ErasedRecord } from "../move.ts";
import { mergeConflicts } from "./conflicts.ts";
import { openForReading, openMain, type WriteConnection } from "./connection.ts";
import type { Eraser, ErasureStep } from "./eraser.ts";
import { ErasedIds } from "./erased-ids.ts";
import { FreeSpace } from "./free-space.ts";
import { type Erasures, Indexer } from "./indexer.ts";
import { type Advanced, type Searchable, SEARCH_STEP_MESSAGES } from "./progress.ts";
import { Slack, type SlackStep } from "./slack.ts";
import { serveCalls } from "./thread.ts";

/** Journal rows that one transaction applies at the most: some thousands of messages under load, so some 10 ms. */
const BATCHES_MAX = 200;
/** And their size, since a row may hold a thousand of the longest texts: they are parsed in memory all at once. */
const APPLY_CHARACTERS_MAX = 16 * 1024 * 1024;

interface Opened {
  readonly connection: WriteConnection;
  readonly indexer: Indexer;
}

let opened: Opened | undefined;
let eraser: Eraser | undefined;
let slack: Slack | undefined;
let freeSpace: FreeSpace | undefined;
let journal: { readonly database: DatabaseSync; readonly above: StatementSync } | undefined;

const handlers = {
  /** Claims and migrates the main file. */
  open(path: string): Advanced & { clean: boolean } {
    const connection = openMain(path);
    const indexer = new Indexer(connection.database);
    opened = { connection, indexer };
    return { ...advanced(indexer), clean: indexer.wasStoppedCleanly() };
  },
  openJournal(path: string): void {
    const database = openForReading(path);
    const above = database.prepare(
      "SELECT seq, messages, conflicts FROM batches WHERE seq > ? ORDER BY seq LIMIT ?",
    );
    journal = { database, above };
  },
  /** Applies the next batches of the journal, if there are any. */
  advance(): Advanced {
    const { connection, indexer } = indexing();
    const batches: Batch[] = [];
    let characters = 0;
    for (const row of journal?.above.iterate(indexer.watermark(), BATCHES_MAX) ?? []) {
      batches.push(batchOf(row));
      characters += String(row["messages"]).length;
      if (characters >= APPLY_CHARACTERS_MAX) break;
    }
    indexer.apply(batches);
    connection.boundLog();
    return advanced(indexer);
  },
  /** Adds the next step to the search index, and tidies it. */
  makeSearchable(): Searchable {
    const { connection, indexer } = indexing();
    indexer.makeSearchable(SEARCH_STEP_MESSAGES);
    connection.boundLog();
    return searchable(indexer);
  },
  /** TargetStore.keepConflicts. */
  keepConflicts(records: readonly ConflictRecord[]): void {
    const { connection } = indexing();
    mergeConflicts(connection.database, records);
    connection.boundLog();
  },
  /** TargetStore.keepErased. */
  keepErased(key: string, records: readonly ErasedRecord[]): void {
    const { connection } = indexing();
    new ErasedIds(connection.database).keep(key, records);
    connection.boundLog();
  },
  /** TargetStore.forgetErased. */
  forgetEach(ids: readonly string[], day: number): number {
    const { connection } = indexing();
    const forgotten = new ErasedIds(connection.database).forgetEach(ids, day);
    connection.boundLog();
    return forgotten;
  },
  /** Erases nothing yet; of several, the one that began last goes on. */
  beginErasure(filter: ErasureFilter, nowMs: number): void {
    eraser = indexing().indexer.eraserOf(filter, nowMs);
  },
  eraseStep(): ErasureStep {
    if (eraser === undefined) throw new Error("eraseStep before beginErasure");
    const step = eraser.step();
    indexing().connection.boundLog();
    return step;
  },
  /** Ids erased before the day, of one slice of them all. */
  forgetErased(day: number, slice: number): void {
    const { connection } = indexing();
    new ErasedIds(connection.database).forget(day, slice);
    connection.boundLog();
  },
  overwriteFreeSpace(): boolean {
    const { connection } = indexing();
    const isDone = (freeSpace ??= new FreeSpace(connection.database)).overwriteSome();
    connection.boundLog();
    return isDone;
  },
  erasures: (): Erasures => indexing().indexer.erasures(),
  /** Free space is overwritten behind so many erasures. */
  setOverwritten: (erasures: number): void => indexing().indexer.setOverwritten(erasures),
  overwriteSlack: (isFirst: boolean): SlackStep =>
    (slack ??= new Slack(indexing().connection.database)).overwriteSome(isFirst),
  closeJournal(): void {
    journal?.database.close();
    journal = undefined;
  },
  markClean(clean: boolean): void {
    indexing().indexer.markClean(clean);
  },
  /** That the thread answers is the answer. */
  ready(): void {},
};
export type IndexerHandlers = typeof handlers;

serveCalls(handlers, () => {
  opened?.connection.close();
  slack?.close();
});

function indexing(): Opened {
  if (opened === undefined) throw new Error("called before open");
  return opened;
}

function advanced(indexer: Indexer): Advanced {
  return { watermark: indexer.watermark(), ...searchable(indexer) };
}

function searchable(indexer: Indexer): Searchable {
  return { unsearchable: indexer.unsearchable(), isUntidy: indexer.isUntidy() };
}

function batchOf(row: Record<string, SQLOutputValue>): Batch {
  const conflicts = row["conflicts"];
  return {
    seq: Number(row["seq"]),
    messages: JSON.parse(String(row["messages"])) as Row[],
    conflicts: typeof conflicts === "string" ? (JSON.parse(conflicts) as Conflict[]) : [],
  };
}
