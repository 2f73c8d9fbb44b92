/**
 * The list of messages as far as it is held: a stretch of neighbours, newest first, and how many are above and below it. It grows at
 * either end by the cursor of the message there, and loses at the far end what is out of sight, so it never skips or repeats, and holds
 * no more of a million than of a thousand. What arrives meanwhile is above; what comes amid the stretch is found by `arrived`.
 *
 * above   messages before the stretch: exact when the beginning is in it, else as far as the totals tell
 * below   likewise after it
 */
import { parseInstant } from "../../src/instant.ts";
import type { Message } from "../../src/message.ts";
import { encodeCursor } from "../../src/position-cursor.ts";
import { Failure } from "../failure.ts";

/** As many as one answer may hold. */
const PAGE_MESSAGES = 100;
/** Beyond the rows in sight: loaded before they are needed. */
const AHEAD_MESSAGES = 60;
/** And kept after they were. */
const KEPT_AROUND_MESSAGES = 400;
/** Who goes further than this at once is not led through all that is between. */
const JUMP_MESSAGES = 300;
/** Between tries, longer each time, where the service does not say. */
const RETRY_MS_FIRST = 1_000;
const RETRY_MS_LONGEST = 15_000;

export interface PageAsked {
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly cursor?: string;
  readonly offset?: number;
}

export interface PageAnswer {
  readonly data: readonly Message[];
  readonly total: number;
  /** Whether more follow in that order. */
  readonly hasNext: boolean;
}

export type FetchPage = (asked: PageAsked, signal: AbortSignal) => Promise<PageAnswer>;

export class Listing {
  #rows: readonly Message[] = [];
  #above = 0;
  #below = 0;
  #isLoaded = false;
  #isStale = false;
  #failure: Failure | undefined;
  #inSight: readonly [first: number, last: number] = [0, 0];
  #isBusy = false;
  /** Between a failure and the next try. */
  #isHeld = false;
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #ended = new AbortController();
  readonly #fetchPage: FetchPage;
  readonly #changed: () => void;

  /** Begins to load; `changed` is called whenever anything that can be read here is another. */
  constructor(fetchPage: FetchPage, changed: () => void) {
    this.#fetchPage = fetchPage;
    this.#changed = changed;
    void this.#load();
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get rows(): readonly Message[] {
    return this.#rows;
  }

  get above(): number {
    return this.#above;
  }

  /** Exact, as of the last answer. */
  get total(): number {
    return this.#above + this.#rows.length + this.#below;
  }

  /** Why nothing more could be loaded, until it can again; what was loaded is still there. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The message at a place in the whole list; undefined while it is not held. */
  at(index: number): Message | undefined {
    return this.#rows[index - this.#above];
  }

  /** Its place in the whole list; -1 for what is not held. */
  indexOf(messageId: string): number {
    const row = this.#rows.findIndex(({ message_id }) => message_id === messageId);
    return row === -1 ? -1 : row + this.#above;
  }

  /** Says which places are in sight: those and some around them are loaded. */
  look(first: number, last: number): void {
    this.#inSight = [first, last];
    void this.#load();
  }

  /** Says that the total may be another than was known: what is in sight is asked for again if it is. */
  arrived(total: number): void {
    if (!this.#isLoaded || total === this.total) return;
    this.#isStale = true;
    void this.#load();
  }

  /** After a failure: now, not when it would be tried again by itself. */
  retry(): void {
    clearTimeout(this.#retry);
    this.#isHeld = false;
    void this.#load();
  }

  /** Nothing is loaded any more. */
  close(): void {
    this.#ended.abort();
    clearTimeout(this.#retry);
  }

  /** One request after the other, each for what is wanted then, until nothing is. */
  async #load(): Promise<void> {
    if (this.#isBusy || this.#isHeld || this.#ended.signal.aborted) return;
    this.#isBusy = true;
    try {
      for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) {
        await step();
        if (this.#ended.signal.aborted) return;
        this.#isLoaded = true;
        this.#failure = undefined;
        this.#tries = 0;
        this.#forget();
        this.#changed();
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#fail(error);
    } finally {
      this.#isBusy = false;
    }
  }

  #nextStep(): (() => Promise<void>) | undefined {
    const [first, last] = this.#inSight;
    const end = this.#above + this.#rows.length;
    if (!this.#isLoaded) return () => this.#loadFrom(0);
    if (this.#isStale) return () => this.#refresh();
    if (this.#rows.length === 0) return this.total > 0 ? () => this.#loadFrom(first) : undefined;
    const isFarAway = last < this.#above - JUMP_MESSAGES || first > end + JUMP_MESSAGES;
    if (isFarAway) return () => this.#loadFrom(first);
    if (this.#above > 0 && first - AHEAD_MESSAGES < this.#above) return () => this.#growUp();
    if (this.#below > 0 && last + AHEAD_MESSAGES > end) return () => this.#growDown();
    return undefined;
  }

  /** Anew, from a place in the whole list. */
  async #loadFrom(index: number): Promise<void> {
    const offset = Math.max(0, Math.min(index - AHEAD_MESSAGES, this.total - PAGE_MESSAGES));
    const answer = await this.#ask({ order: "desc", ...(offset > 0 && { offset }) });
    this.#isStale = false;
    this.#settle(answer.data, offset, answer);
  }

  /** Anew, around what is in sight, which stays where it is. */
  async #refresh(): Promise<void> {
    const [first] = this.#inSight;
    const above = Math.max(this.#above, first - AHEAD_MESSAGES / 2);
    const anchor = this.at(above - 1);
    if (anchor === undefined) return this.#loadFrom(above);
    const before = this.total;
    const answer = await this.#ask({ order: "desc", cursor: cursorOf(anchor) });
    this.#isStale = false;
    // What came behind the anchor cannot be told from what came before it: most come first.
    this.#settle(answer.data, above + answer.total - before, answer);
  }

  async #growDown(): Promise<void> {
    const last = this.#rows.at(-1);
    if (last === undefined) return;
    const answer = await this.#ask({ order: "desc", cursor: cursorOf(last) });
    const rows = [...this.#rows, ...answer.data];
    const below = answer.hasNext ? Math.max(1, this.#below - answer.data.length) : 0;
    this.#settle(rows, answer.total - rows.length - below, answer);
  }

  async #growUp(): Promise<void> {
    const [first] = this.#rows;
    if (first === undefined) return;
    const answer = await this.#ask({ order: "asc", cursor: cursorOf(first) });
    this.#rows = [...answer.data.toReversed(), ...this.#rows];
    if (answer.hasNext) {
      this.#above = Math.max(1, answer.total - this.#rows.length - this.#below);
      return;
    }
    this.#above = 0;
    const below = answer.total - this.#rows.length;
    // The end is held, and yet there are others: they came amid the stretch, or went from it.
    if ((this.#below === 0 && below !== 0) || below < 0) this.#isStale = true;
    this.#below = Math.max(0, below);
  }

  /** After an answer that ends with what the stretch ends with. */
  #settle(rows: readonly Message[], above: number, { total, hasNext }: PageAnswer): void {
    this.#rows = rows;
    this.#above = Math.max(0, hasNext ? above : total - rows.length);
    this.#below = Math.max(hasNext ? 1 : 0, total - this.#above - rows.length);
  }

  #forget(): void {
    const [first, last] = this.#inSight;
    const from = Math.max(0, first - KEPT_AROUND_MESSAGES - this.#above);
    const to = Math.max(from, last + KEPT_AROUND_MESSAGES - this.#above);
    // At least something to go on from.
    if (from >= this.#rows.length || to <= 0) return;
    const gone = Math.max(0, this.#rows.length - to);
    this.#rows = this.#rows.slice(from, to);
    this.#above += from;
    this.#below += gone;
  }

  #ask(asked: Omit<PageAsked, "limit">): Promise<PageAnswer> {
    return this.#fetchPage({ ...asked, limit: PAGE_MESSAGES }, this.#ended.signal);
  }

  #fail(error: unknown): void {
    if (!(error instanceof Failure)) throw error;
    this.#failure = error;
    this.#isHeld = true;
    if (error.kind === "unavailable") {
      const waitMs = Math.min(RETRY_MS_FIRST * 2 ** this.#tries, RETRY_MS_LONGEST);
      this.#tries += 1;
      this.#retry = setTimeout(() => this.retry(), Math.max(waitMs, (error.retryAfterSeconds ?? 0) * 1_000));
    }
    this.#changed();
  }
}

/** Behind a message that the service listed, whose `ts` it has read before. */
function cursorOf({ ts, message_id }: Message): string {
  const instant = parseInstant(ts);
  if (instant === null) throw new Error("the service listed a message whose ts names no instant");
  return encodeCursor({ ...instant, message_id });
}
