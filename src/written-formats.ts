/** How messages are written to a file: NDJSON or CSV (RFC 4180). The inbox page writes them too, so it works without Node. */
import type { Message } from "./message.ts";

export const FORMAT_NAMES = ["ndjson", "csv"] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export const CSV_COLUMNS = ["message_id", "from", "to", "ts", "text"] as const;

export interface WrittenFormat {
  readonly name: FormatName;
  /** What a file begins with, with the end of its line; "" without one. */
  readonly header: string;
  /** A message as its record, with the end of its line. */
  readonly write: (message: Message) => string;
}

export const WRITTEN_FORMATS: Readonly<Record<FormatName, WrittenFormat>> = {
  ndjson: {
    name: "ndjson",
    header: "",
    write: ({ message_id, from, to, ts, text }) => `${JSON.stringify({ message_id, from, to, ts, text })}\n`,
  },
  csv: {
    name: "csv",
    header: `${CSV_COLUMNS.join(",")}\r\n`,
    write: (message) => `${CSV_COLUMNS.map((column) => csvFieldOf(message[column])).join(",")}\r\n`,
  },
};

/** An empty field is null, and "" the empty text. */
function csvFieldOf(value: string | null): string {
  return value === null ? "" : `"${value.replaceAll('"', '""')}"`;
}
