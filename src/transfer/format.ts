/** How messages are written to a file, and read from one: NDJSON or CSV. */
import type { Message } from "../message.ts";
import { decodeText, messageOfMembers, parseStoredMessage } from "../webhook/parse.ts";
import { type FormatName, WRITTEN_FORMATS, type WrittenFormat } from "../written-formats.ts";
import { beginningOf, literally } from "./beginning.ts";
import { CSV_BEGINNING, readHeader, readMembers } from "./csv.ts";

/** Makes a message of a record. Throws AppError `invalid` that says what is wrong, without a text. */
export type Read = (record: Buffer) => Message;

export interface Format extends WrittenFormat {
  /** Whether a record may hold a line feed between quotes. */
  readonly isQuoted: boolean;
  /** Matches the bytes, a character each, that a record may have been cut off behind as it was written. */
  readonly beginning: RegExp;
  /** `header`: the file's first record, where the format has one. Throws AppError `invalid` when it is none. */
  readonly reading: (header: Buffer | null) => Read;
}

const STRING = ['"', String.raw`(?:[^"\\]|\\(?:$|.))*`, '"'];
const NDJSON_BEGINNING = beginningOf(
  [
    ...literally('{"message_id":'),
    ...STRING,
    ...literally(',"from":'),
    ...STRING,
    ...literally(',"to":'),
    ...STRING,
    ...literally(',"ts":'),
    ...STRING,
    ...literally(',"text":'),
  ],
  [...STRING, ...literally("}\n")],
  literally("null}\n"),
);

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  ndjson: {
    ...WRITTEN_FORMATS.ndjson,
    isQuoted: false,
    beginning: NDJSON_BEGINNING,
    reading: () => parseStoredMessage,
  },
  csv: {
    ...WRITTEN_FORMATS.csv,
    isQuoted: true,
    beginning: CSV_BEGINNING,
    reading(header) {
      const names = readHeader(decodeText(header ?? Buffer.alloc(0)));
      return (record) => messageOfMembers(readMembers(decodeText(record), names));
    },
  },
};

/** By how the file's name ends; NDJSON where that says nothing. */
export function formatOf(path: string | undefined): Format {
  return FORMATS[path?.toLowerCase().endsWith(".csv") === true ? "csv" : "ndjson"];
}
