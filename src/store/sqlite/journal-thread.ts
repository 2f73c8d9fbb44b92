/** The thread that decides and acknowledges: it owns the only writing connection to the journal. */
import type { DatabaseSync } from "node:sqlite";
import { openForReading, openJournal } from "./connection.ts";
import { FreeSpace, setOverwritingFreed } from "./free-space.ts";
import { Journal } from "./journal.ts";
import { Slack, type SlackStep } from "./slack.ts";
import { serveCalls } from "./thread.ts";

let files: { readonly journal: DatabaseSync; readonly main: DatabaseSync } | undefined;
let opened: Journal | undefined;
let slack: Slack | undefined;
let freeSpace: FreeSpace | undefined;

const handlers = {
  /** Opens or creates the file; returns the last batch in it, and the last that was trimmed away. */
  open(journalPath: string, mainPath: string): { lastSeq: number; trimmedSeq: number } {
    files = { journal: openJournal(journalPath), main: openForReading(mainPath) };
    const figure = (sql: string): number => Number(files?.journal.prepare(sql).get()?.["seq"] ?? 0);
    return {
      lastSeq: figure("SELECT max(seq) AS seq FROM batches"),
      trimmedSeq: figure("SELECT seq FROM trimmed"),
    };
  },
  /** After the replay: from now on batches are taken, numbered on from the watermark. */
  begin(watermark: number): void {
    if (files === undefined) throw new Error("begin before open");
    opened = new Journal(files.journal, files.main, watermark);
    // What is left below it is trimmed with the next append, or at the stop.
    opened.indexed(watermark);
  },
  append: (ids: readonly string[], encoded: readonly string[], nowMs: number) =>
    journal().append(ids, encoded, nowMs),
  indexed: (watermark: number) => journal().indexed(watermark),
  trimNow: () => journal().trimNow(),
  overwriteFreed: (isOn: boolean): void => setOverwritingFreed(journalFile(), isOn),
  overwriteFreeSpace: (): boolean => (freeSpace ??= new FreeSpace(journalFile())).overwriteSome(),
  overwriteSlack: (isFirst: boolean): SlackStep =>
    (slack ??= new Slack(journalFile())).overwriteSome(isFirst),
  ready(): void {},
};
export type JournalHandlers = typeof handlers;

serveCalls(handlers, () => {
  files?.main.close();
  files?.journal.close();
  slack?.close();
});

function journalFile(): DatabaseSync {
  if (files === undefined) throw new Error("called before open");
  return files.journal;
}

function journal(): Journal {
  if (opened === undefined) throw new Error("append before begin");
  return opened;
}
