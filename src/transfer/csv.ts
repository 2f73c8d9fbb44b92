/**
 * Messages as CSV (RFC 4180), so that each comes back as it was: an empty field is null, and "" the empty text. Every text, and
 * whatever else is not null, stands in double quotes, so no character of it means anything.
 */
import { counted } from "../counted.ts";
import { invalidFields } from "../errors.ts";
import { CSV_COLUMNS } from "../written-formats.ts";
import { beginningOf, literally } from "./beginning.ts";

const REQUIRED = ["message_id", "from", "to", "ts"];

const QUOTED = ['"', '(?:[^"]|"")*', '"'];
const LINE_END = literally("\r\n");

/** Of what written-formats.ts writes. */
export const CSV_BEGINNING = beginningOf(
  Array.from({ length: CSV_COLUMNS.length - 1 }, () => [...QUOTED, ","]).flat(),
  [...QUOTED, ...LINE_END],
  LINE_END,
);

/** The names in a header, in any order and with others among them. Throws AppError `invalid` where one is missing. */
export function readHeader(record: string): readonly string[] {
  const names = readFields(record.replace(/^\uFEFF/, "")).map((name) => name ?? "");
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const twice = names.filter((name, index) => name !== "" && names.indexOf(name) !== index);
  if (missing.length > 0)
    throw wrong(`names no column ${missing.join(", ")}; it must be ${CSV_COLUMNS.join(",")}`);
  if (twice.length > 0) throw wrong("names a column twice");
  return names;
}

/** By column. Throws AppError `invalid` for a record that is no CSV, or has more or fewer fields than the header. */
export function readMembers(record: string, header: readonly string[]): Record<string, string | null> {
  const fields = readFields(record);
  if (fields.length !== header.length)
    throw wrong(`has ${counted(fields.length, "field")}, and the header ${header.length}`);
  return Object.fromEntries(header.map((name, index) => [name, fields[index] ?? null]));
}

function readFields(record: string): (string | null)[] {
  const fields: (string | null)[] = [];
  for (let at = 0; ; at += 1) {
    const end = record[at] === '"' ? endOfQuoted(record, at) : endOfPlain(record, at);
    fields.push(valueOf(record.slice(at, end)));
    if (end === record.length) return fields;
    at = end;
  }
}

/** Behind the closing quote; two of them stand for one. */
function endOfQuoted(record: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const quote = record.indexOf('"', at);
    if (quote === -1) throw wrong("has a double quote that is not closed");
    if (record[quote + 1] !== '"') {
      if (quote + 1 === record.length || record[quote + 1] === ",") return quote + 1;
      throw wrong("goes on behind a closing double quote; within quotes, a quote is written twice");
    }
    at = quote + 2;
  }
}

function endOfPlain(record: string, from: number): number {
  const comma = record.indexOf(",", from);
  const end = comma === -1 ? record.length : comma;
  if (record.slice(from, end).includes('"')) throw wrong("has a double quote in a field that is not quoted");
  return end;
}

function valueOf(field: string): string | null {
  if (field === "") return null;
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
}

function wrong(problem: string): Error {
  return invalidFields([{ name: "record", problem }]);
}
