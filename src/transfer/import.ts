/** Messages out of a file, in batches, each with where in the file it ends. */
import { AppError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { Format, Read } from "./format.ts";
import { isBlank, type RawRecord, recordsOf, type Start } from "./records.ts";

/** What a commit costs is shared by enough of them; of the longest texts some 30 MB. */
const BATCH_MESSAGES = 2_000;

/** A record that is no message. */
export interface Refused {
  readonly line: number;
  /** So many messages of its batch stand before it. */
  readonly before: number;
  readonly problem: string;
  readonly bytes: Buffer;
}

export interface ImportBatch {
  readonly messages: readonly Message[];
  /** Those that stood among them. */
  readonly refused: readonly Refused[];
  /** Behind the last of them: from there on nothing is imported yet. */
  readonly end: Start;
}

/** `header`: the file's first record as it was read before, for a start behind it. */
export interface Source {
  readonly chunks: AsyncIterable<Buffer>;
  readonly start: Start;
  readonly header: Buffer | null;
}

/** Throws AppError `invalid` for a header that is none, or a record longer than any message. */
export async function* importBatches(
  { chunks, start, header }: Source,
  format: Format,
): AsyncGenerator<ImportBatch> {
  const gathered = new Gathered(format, start, header);
  try {
    for await (const records of recordsOf(chunks, format.isQuoted, start)) {
      yield* gathered.addAll(records);
    }
  } catch (error) {
    // What was good before it is not lost.
    if (gathered.size > 0) yield gathered.take();
    throw error;
  }
  if (gathered.size > 0) yield gathered.take();
}

/** The batch that is being read. */
class Gathered {
  readonly #format: Format;
  /** Null until the header is read. */
  #read: Read | null;
  #messages: Message[] = [];
  #refused: Refused[] = [];
  #end: Start;

  constructor(format: Format, start: Start, header: Buffer | null) {
    this.#format = format;
    this.#read = format.header === "" || header !== null ? format.reading(header) : null;
    this.#end = start;
  }

  get size(): number {
    return this.#messages.length + this.#refused.length;
  }

  *addAll(records: readonly RawRecord[]): Generator<ImportBatch> {
    for (const record of records) {
      this.#add(record);
      if (this.size >= BATCH_MESSAGES) yield this.take();
    }
  }

  #add(record: RawRecord): void {
    const { bytes, line, end } = record;
    if (!isBlank(bytes)) this.#addFilled(record);
    this.#end = { offset: end, line: line + (this.#format.isQuoted ? linesIn(bytes) : 1) };
  }

  take(): ImportBatch {
    const batch = { messages: this.#messages, refused: this.#refused, end: this.#end };
    [this.#messages, this.#refused] = [[], []];
    return batch;
  }

  #addFilled({ bytes, line }: RawRecord): void {
    if (this.#read === null) {
      this.#read = this.#format.reading(bytes);
      return;
    }
    try {
      this.#messages.push(this.#read(bytes));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "invalid") throw error;
      this.#refused.push({ line, before: this.#messages.length, problem: error.message, bytes });
    }
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 1;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) lines += 1;
  return lines;
}
