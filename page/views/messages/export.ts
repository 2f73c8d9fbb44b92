/** What the list shows, into a file that the browser keeps: page by page, in order, as `lyftr export` writes it. */
import { compareInstants } from "../../../src/instant.ts";
import type { Instant, Message } from "../../../src/message.ts";
import { type FormatName, WRITTEN_FORMATS } from "../../../src/written-formats.ts";
import { Failure } from "../../failure.ts";
import { type FetchPage, PAGE_MESSAGES_MAX, type PageAnswer, type PageAsked } from "./listing/paging.ts";
import { Retry } from "./listing/retry.ts";
import { cursorOf, instantOf } from "./listing/stretch.ts";

/** So many are handed to the browser at once, which keeps them outside the page's own memory. */
const PART_MESSAGES = 10_000;

/** Of a file that is kept, how long its bytes are held at least. */
const RELEASED_AFTER_MS = 60_000;

export class Export {
  readonly format: FormatName;
  /** How many there were when it began. */
  total = 0;
  written = 0;
  /** The file, once it is whole. */
  file: Blob | undefined;
  /** Why it stands still; `run` goes on, and what may have passed is tried again by itself. */
  failure: Failure | undefined;
  readonly #retry = new Retry(() => void this.run());
  readonly #fetchPage: FetchPage;
  readonly #changed: () => void;
  readonly #ended = new AbortController();
  readonly #parts: Blob[] = [];
  #records: string[] = [];
  #last: Message | undefined;
  /** Of the newest message when it began: what arrives behind it belongs to no export, or it would never end. */
  #until: Instant | undefined;

  /** `changed` is called whenever anything that can be read here is another. */
  constructor(format: FormatName, fetchPage: FetchPage, changed: () => void) {
    this.format = format;
    this.#fetchPage = fetchPage;
    this.#changed = changed;
    this.#records.push(WRITTEN_FORMATS[format].header);
  }

  /** From the beginning, or from where it failed. */
  async run(): Promise<void> {
    this.#retry.end();
    this.failure = undefined;
    this.#changed();
    try {
      await this.#begin();
      let hasNext = this.#until !== undefined;
      while (hasNext) hasNext = this.#write(await this.#next());
      if (this.#ended.signal.aborted) return;
      this.file = new Blob([...this.#parts, ...this.#records]);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      this.failure = error;
      this.#retry.failed(error);
    }
    this.#changed();
  }

  cancel(): void {
    this.#ended.abort();
    this.#retry.end();
  }

  async #begin(): Promise<void> {
    if (this.#until !== undefined) return;
    const { data, total } = await this.#ask({ order: "desc", limit: 1 });
    const [newest] = data;
    this.total = total;
    this.#until = newest === undefined ? undefined : instantOf(newest);
  }

  #next(): Promise<PageAnswer> {
    const cursor = this.#last === undefined ? {} : { cursor: cursorOf(this.#last) };
    // What the first answer saw, later ones do, too.
    return this.#ask({ order: "asc", limit: PAGE_MESSAGES_MAX, isRecent: true, ...cursor });
  }

  #ask(asked: PageAsked): Promise<PageAnswer> {
    return this.#fetchPage(asked, this.#ended.signal);
  }

  /** Returns whether more is to come. */
  #write({ data, hasNext }: PageAnswer): boolean {
    const { write } = WRITTEN_FORMATS[this.format];
    const until = this.#until;
    const wanted = data.filter(
      (message) => until !== undefined && compareInstants(instantOf(message), until) <= 0,
    );
    this.#records.push(...wanted.map(write));
    if (this.#records.length >= PART_MESSAGES) this.#parts.push(new Blob(this.#records.splice(0)));
    this.written += wanted.length;
    this.#last = wanted.at(-1) ?? this.#last;
    this.#retry.worked();
    this.#changed();
    return hasNext && wanted.length === data.length && !this.#ended.signal.aborted;
  }
}

/** Has the browser keep it as a file of that name. */
export function keepFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), RELEASED_AFTER_MS);
}
