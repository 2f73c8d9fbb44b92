/** The thread that reads, so that no search ever delays an acknowledgement. */
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../errors.ts";
import type { MessageFilter, PageRequest, TimelineRequest } from "../../message.ts";
import { openForReading } from "./connection.ts";
import { Reader } from "./reader.ts";
import { knownVersion, MAIN_SCHEMA, schemaVersion } from "./schema.ts";
import { serveCalls } from "./thread.ts";

let opened:
  { readonly database: DatabaseSync; readonly reader: Reader; readonly version: number } | undefined;

const handlers = {
  open(path: string): void {
    const database = openForReading(path);
    opened = { database, reader: new Reader(database), version: knownVersion(MAIN_SCHEMA) };
  },
  find: (filter: MessageFilter, page: PageRequest) => connected().reader.find(filter, page),
  get: (messageId: string) => connected().reader.get(messageId),
  stats: () => connected().reader.stats(),
  timeline: (request: TimelineRequest) => connected().reader.timeline(request),
  ready(): void {
    const { database, version } = connected();
    const found = schemaVersion(database);
    if (found !== version) throw new AppError("unavailable", `the schema is ${found}, not ${version}`);
  },
};
export type ReaderHandlers = typeof handlers;

serveCalls(handlers, () => opened?.database.close());

function connected(): NonNullable<typeof opened> {
  if (opened === undefined) throw new Error("read before open");
  return opened;
}
