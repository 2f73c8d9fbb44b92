/** The thread that owns the only writing connection. */
import type { Message } from "../../message.ts";
import { openForWriting, type WriteConnection } from "./connection.ts";
import { serveCalls } from "./thread.ts";
import { type Append, createAppend } from "./writer.ts";

let connection: WriteConnection | undefined;
let appendBatch: Append | undefined;

const handlers = {
  open(path: string): void {
    connection = openForWriting(path);
    appendBatch = createAppend(connection.database);
  },
  append(batch: readonly Message[], nowMs: number) {
    if (appendBatch === undefined) throw new Error("append before open");
    return appendBatch(batch, nowMs);
  },
  /** That the thread answers, and behind which batches, is the answer. */
  ready(): void {},
};
export type WriterHandlers = typeof handlers;

serveCalls(handlers, () => connection?.close());
