/** How messages are written to a file, and read from one: NDJSON or CSV. */
import type { Message } from "../message.ts";
import { decodeText, messageOfMembers, parseStoredMessage } from "../webhook/parse.ts";
import { beginningOf, literally } from "./beginning.ts";
import { CSV_BEGINNING, CSV_HEADER, csvRecordOf, readHeader, readMembers } from "./csv.ts";

export const FORMAT_NAMES = ["ndjson", "csv"] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Makes a message of a record. Throws AppError `invalid` that says what is wrong, without a text. */
export type Read = (record: Buffer) => Message;

export interface Format {
  readonly name: FormatName;
  /** Whether a record may hold a line feed between quotes. */
  readonly isQuoted: boolean;
  /** What a file begins with, with the end of its line; "" without one. */
  readonly header: string;
  readonly write: (message: Message) => string;
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
    name: "ndjson",
    isQuoted: false,
    header: "",
    write: ({ message_id, from, to, ts, text }) => `${JSON.stringify({ message_id, from, to, ts, text })}\n`,
    beginning: NDJSON_BEGINNING,
    reading: () => parseStoredMessage,
  },
  csv: {
    name: "csv",
    isQuoted: true,
    header: CSV_HEADER,
    write: csvRecordOf,
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
