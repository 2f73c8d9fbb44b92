/** What shim/record.h recorded, as it was written. */
import { readFileSync } from "node:fs";

// `struct record` and `enum event` of shim/record.h.
const HEAD_BYTES = 32;
const NAMED = 1;
const KINDS = new Map([
  [2, "created"],
  [3, "folderMade"],
  [4, "written"],
  [5, "truncated"],
  [6, "unlinked"],
  [7, "renamed"],
  [8, "syncBegun"],
  [9, "syncDone"],
  [10, "syncFailed"],
] as const);

export type EventKind = typeof KINDS extends Map<number, infer Kind> ? Kind : never;

export interface TraceEvent {
  readonly kind: EventKind;
  /** Of the file or folder, below the traced folder; empty for that itself. */
  readonly name: string;
  /** Before which it was not done, by the clock of process.hrtime. */
  readonly nanos: bigint;
  /** Of a write; of a truncation the new size; of a sync its number in its process, at begin and end. */
  readonly offset: number;
  /** Of a write. */
  readonly bytes: Buffer;
  /** Of a renaming: the new name. */
  readonly newName: string;
}

/** Every event in its order; each process numbers its names anew. */
export function readTrace(path: string): TraceEvent[] {
  const trace = readFileSync(path);
  const names = new Map<number, string>();
  const events: TraceEvent[] = [];
  for (let at = 0; at < trace.length;) {
    const code = trace.readUInt32LE(at);
    const file = trace.readUInt32LE(at + 4);
    const nanos = trace.readBigUInt64LE(at + 8);
    const offset = Number(trace.readBigUInt64LE(at + 16));
    const end = at + HEAD_BYTES + Number(trace.readBigUInt64LE(at + 24));
    const bytes = trace.subarray(at + HEAD_BYTES, end);
    at = end;
    if (code === NAMED) {
      names.set(file, bytes.toString());
      continue;
    }
    const kind = KINDS.get(code as 2);
    const name = names.get(file);
    if (kind === undefined || name === undefined) throw new Error(`not an event: ${code} of file ${file}`);
    events.push({ kind, name, nanos, offset, bytes, newName: names.get(offset) ?? "" });
  }
  return events;
}
