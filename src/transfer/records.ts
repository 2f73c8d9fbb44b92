/** Cuts a stream of bytes into the records of a format, and knows where each ends. */
import { AppError } from "../errors.ts";

/** A webhook's body has at most 64 KiB; where every character is escaped or doubled, twice that. */
const RECORD_BYTES_MAX = 128 * 1024;
const [LINE_FEED, CARRIAGE_RETURN, QUOTE] = [0x0a, 0x0d, 0x22];

export interface RawRecord {
  /** Without what ends it. */
  readonly bytes: Buffer;
  /** Its first line, counted from 1. */
  readonly line: number;
  /** In bytes from the beginning: where the next begins. */
  readonly end: number;
  /** False for what stands behind the last line feed: it may have been cut off. */
  readonly isEnded: boolean;
}

export interface Start {
  readonly offset: number;
  readonly line: number;
}

export const BEGINNING: Start = { offset: 0, line: 1 };

/**
 * The records of the stream, some at a time. `isQuoted`: a line feed between double quotes belongs to the record, as in CSV
 * (RFC 4180 §2.6). Throws AppError `invalid` for one that is longer than any message.
 */
export async function* recordsOf(
  chunks: AsyncIterable<Buffer>,
  isQuoted: boolean,
  start: Start = BEGINNING,
): AsyncGenerator<readonly RawRecord[]> {
  let rest: Buffer = Buffer.alloc(0);
  let { offset, line } = start;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const records: RawRecord[] = [];
    let from = 0;
    for (;;) {
      const { end, lines } = endOf(bytes, from, isQuoted);
      if (end === -1) break;
      const record = bytes.subarray(from, bytes[end - 1] === CARRIAGE_RETURN && end > from ? end - 1 : end);
      records.push({ bytes: record, line, end: offset + end + 1 - from, isEnded: true });
      offset += end + 1 - from;
      line += lines;
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (records.length > 0) yield records;
    if (rest.length > RECORD_BYTES_MAX) throw tooLong(line, isQuoted);
  }
  if (rest.length > 0) yield [{ bytes: rest, line, end: offset + rest.length, isEnded: false }];
}

/** Such a line says nothing. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09);
}

/** Of the line feed that ends the record which begins at `from`, -1 when that is not there yet; and how many lines it has. */
function endOf(bytes: Buffer, from: number, isQuoted: boolean): { end: number; lines: number } {
  let lines = 1;
  let isOpen = false;
  let counted = from;
  for (let end = bytes.indexOf(LINE_FEED, from); end !== -1; end = bytes.indexOf(LINE_FEED, end + 1)) {
    if (!isQuoted) return { end, lines };
    for (let at = bytes.indexOf(QUOTE, counted); at !== -1 && at < end; at = bytes.indexOf(QUOTE, at + 1))
      isOpen = !isOpen;
    counted = end;
    if (!isOpen) return { end, lines };
    lines += 1;
  }
  return { end: -1, lines };
}

function tooLong(line: number, isQuoted: boolean): AppError {
  const cause = isQuoted ? ": is a double quote left open?" : "";
  return new AppError(
    "invalid",
    `line ${line}: what begins here is longer than ${RECORD_BYTES_MAX} bytes, and no message is${cause}`,
  );
}
