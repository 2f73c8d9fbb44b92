/** Where an export that was cut off goes on. */
import { createReadStream } from "node:fs";
import { AppError } from "../errors.ts";
import type { Position } from "../message.ts";
import { positionOf } from "../matcher.ts";
import type { Format } from "./format.ts";
import { type RawRecord, recordsOf } from "./records.ts";

/** Of one read: a whole file is gone through. */
const CHUNK_BYTES = 1024 * 1024;

export interface Resumed {
  /** Bytes of the file that are whole records; what follows was cut off. */
  readonly bytes: number;
  readonly messages: number;
  /** Of the last of them; null when there is none. */
  readonly after: Position | null;
}

/**
 * Goes through the file to its last whole record: only then is it known which line feeds stand within a text.
 * Throws AppError `cannot_start` for a file that is no export in this format.
 */
export async function findEnd(path: string, format: Format): Promise<Resumed> {
  try {
    const { last, records, rest } = await lastOf(path, format);
    const headers = format.header === "" ? 0 : 1;
    // Else the last message tells that it is one, and what follows it may be anything, such as zeros after a power cut.
    if (records <= headers) requireBeginning(rest, records < headers ? null : format.beginning, format);
    if (last === null) return { bytes: 0, messages: 0, after: null };
    const messages = records - headers;
    if (messages === 0) return { bytes: last.end, messages, after: null };
    const read = format.reading(format.header === "" ? null : Buffer.from(format.header.trimEnd()));
    return { bytes: last.end, messages, after: positionOf(read(last.bytes)) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const detail = `${path} is no export in ${format.name}: ${error.message}; name another file`;
    throw new AppError("cannot_start", detail, { cause: error });
  }
}

interface Found {
  readonly last: RawRecord | null;
  /** Whole ones, the header among them. */
  readonly records: number;
  /** What follows the last of them. */
  readonly rest: Buffer;
}

async function lastOf(path: string, format: Format): Promise<Found> {
  let last: RawRecord | null = null;
  let rest: Buffer = Buffer.alloc(0);
  let records = 0;
  const chunks = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  for await (const some of recordsOf(chunks, format.isQuoted)) {
    const whole = some.filter(({ isEnded }) => isEnded);
    if (records === 0 && whole[0] !== undefined) requireHeader(whole[0], format);
    records += whole.length;
    last = whole.at(-1) ?? last;
    rest = some.find(({ isEnded }) => !isEnded)?.bytes ?? rest;
  }
  return { last, records, rest };
}

function requireHeader({ bytes }: RawRecord, { header }: Format): void {
  if (header !== "" && bytes.toString() !== header.trimEnd())
    throw new AppError("invalid", `it does not begin with ${header.trimEnd()}`);
}

/** `beginning` is null where the header is still to come. */
function requireBeginning(rest: Buffer, beginning: RegExp | null, { header }: Format): void {
  const isBegun =
    beginning === null ? header.startsWith(rest.toString()) : beginning.test(rest.toString("latin1"));
  if (!isBegun) throw new AppError("invalid", "it holds no whole message, nor the beginning of one");
}
