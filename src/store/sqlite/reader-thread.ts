/** The thread that reads, so that no search ever delays an acknowledgement. */
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../errors.ts";
import type { MessageFilter, PageRequest, TimelineRequest } from "../../message.ts";
import type { ConflictsRequest } from "../conflict.ts";
import { tooSlow } from "../too-slow.ts";
import { arrivalsBehind, countArrivals } from "./arrivals.ts";
import { openForReading } from "./connection.ts";
import { Queries } from "./queries.ts";
import { Reader } from "./reader.ts";
import { knownVersion, MAIN_SCHEMA, schemaVersion } from "./schema.ts";
import { limited } from "./steps.ts";
import { serveCalls } from "./thread.ts";

interface Opened {
  readonly database: DatabaseSync;
  readonly queries: Queries;
  readonly reader: Reader;
  readonly version: number;
  readonly timeoutMs: number;
}

let opened: Opened | undefined;

const handlers = {
  open(path: string, timeoutMs: number): void {
    const database = openForReading(path);
    const version = knownVersion(MAIN_SCHEMA);
    opened = { database, queries: new Queries(database), reader: new Reader(database), version, timeoutMs };
  },
  find(filter: MessageFilter, page: PageRequest) {
    const { reader, timeoutMs } = connected();
    return limited(reader.find(filter, page), timeoutMs, tooSlow(filter, timeoutMs));
  },
  get: (messageId: string) => connected().reader.get(messageId),
  stats: () => connected().reader.stats(),
  timeline: (request: TimelineRequest) => connected().reader.timeline(request),
  conflicts: (request: ConflictsRequest) => connected().reader.conflicts(request),
  arrivals: (after: string | null, limit: number, end?: string) =>
    arrivalsBehind(connected().queries, after, limit, end),
  countArrivals: (after: string) => countArrivals(connected().queries, after),
  ready(): void {
    const { database, version } = connected();
    const found = schemaVersion(database);
    if (found !== version) throw new AppError("unavailable", `the schema is ${found}, not ${version}`);
  },
};
export type ReaderHandlers = typeof handlers;

serveCalls(handlers, () => opened?.database.close());

function connected(): Opened {
  if (opened === undefined) throw new Error("read before open");
  return opened;
}
