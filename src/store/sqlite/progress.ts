/**
 * Keeps the main file following the journal, and its search index following that, and tells who waits for it.
 *
 *   journaled(seq) ─▶ after INDEX_DELAY_MS, or at once when a reader waits ─▶ advance() … until seq is reached
 *   reached(age)   ─▶ resolves when all that is older than that is in the main file
 *   then, when a step is full or nothing new has come ─▶ makeSearchable()
 */
import { AppError } from "../../errors.ts";

/** Batches that arrive within this time share a transaction: few and large ones write far less (docs/decisions). */
const INDEX_DELAY_MS = 500;
/** What one transaction adds to the search index: some 10 ms, for which a reader may have to wait. */
export const SEARCH_STEP_MESSAGES = 1_000;
/** What is not in the search index, each search looks through one by one; beyond this, readers wait instead. */
const UNSEARCHABLE_MESSAGES_MAX = 20_000;
/** After a failure of the disk, how long until the next try. */
const RETRY_MS = 1_000;

/** How far the search index is. */
export interface Searchable {
  /** Messages in the main file that are not yet in it. */
  readonly unsearchable: number;
  /** Whether work is left that makes it quicker, and no more than that. */
  readonly isUntidy: boolean;
}

export interface Advanced extends Searchable {
  /** Every batch up to this one is in the main file. */
  readonly watermark: number;
}

export interface IndexWork {
  /** Applies the next part of the journal. */
  readonly advance: () => Promise<Advanced>;
  /** Adds the next step to the search index, and tidies it. */
  readonly makeSearchable: () => Promise<Searchable>;
}

interface Waiter {
  readonly seq: number;
  resolve(): void;
  reject(error: unknown): void;
}

export class IndexProgress {
  readonly #work: IndexWork;
  readonly #onFailure: (error: unknown) => void;
  #journaledSeq: number;
  #indexedSeq: number;
  #unsearchable = 0;
  #isUntidy = false;
  #hasCaughtUp = false;
  /** All that was journaled until then is in the main file; by the clock of this process. */
  #asOfMs = Number.NEGATIVE_INFINITY;
  /** How far the journal was at a moment since. */
  #sample: { readonly seq: number; readonly atMs: number } | undefined;
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #stopped = false;
  /** Why the last try failed; null once one succeeds. */
  #failure: unknown = null;

  /** `indexed` is how far the main file is, `journaledSeq` how far the journal. */
  constructor(indexed: Advanced, journaledSeq: number, work: IndexWork, onFailure: (error: unknown) => void) {
    this.#indexedSeq = indexed.watermark;
    this.#searchable(indexed);
    this.#journaledSeq = Math.max(journaledSeq, indexed.watermark);
    this.#work = work;
    this.#onFailure = onFailure;
    this.#scheduleNext();
  }

  get indexedSeq(): number {
    return this.#indexedSeq;
  }

  get journaledSeq(): number {
    return this.#journaledSeq;
  }

  /** Batches that are journaled and not yet in the main file. */
  get behind(): number {
    return this.#journaledSeq - this.#indexedSeq;
  }

  get failure(): unknown {
    return this.#failure;
  }

  journaled(seq: number): void {
    this.#journaledSeq = Math.max(seq, this.#journaledSeq);
    this.#schedule(INDEX_DELAY_MS);
  }

  /**
   * All that was journaled until `maxAgeMs` ago: whoever does not need the newest leaves it to the next large transaction, where the
   * last one is not longer ago than that. Rejects when the main file cannot be written.
   */
  reached(maxAgeMs = 0): Promise<void> {
    const seq = this.#journaledSeq;
    if (seq <= this.#indexedSeq || performance.now() - this.#asOfMs < maxAgeMs) return Promise.resolve();
    if (this.#stopped) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ seq, resolve, reject });
      clearTimeout(this.#timer);
      this.#timer = undefined;
      void this.#run("awaited");
    });
  }

  /** No more tries. Whoever still waits is told so. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#rejectAll(closed());
  }

  #schedule(delayMs: number): void {
    if (this.#running || this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#run("rested");
    }, delayMs);
  }

  /** Never throws: a failure is told to those who wait, and to onFailure. */
  async #run(cause: "awaited" | "rested"): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      // What arrives meanwhile shares the next transaction, unless someone waits for it.
      const target = this.#journaledSeq;
      do await this.#advance();
      while (this.#indexedSeq < target);
      for (;;) {
        if (this.#isAwaited() && !this.#isSearchOverdue()) await this.#advance();
        else if (this.#isSearchDue(cause)) this.#searchable(await this.#work.makeSearchable());
        else break;
      }
      this.#failure = null;
    } catch (error) {
      if (this.#stopped) return;
      this.#failure = error;
      this.#rejectAll(error);
      this.#onFailure(error);
    } finally {
      this.#running = false;
    }
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    if (this.#isBehind() || this.#unsearchable > 0 || this.#isUntidy)
      this.#schedule(this.#failure === null ? INDEX_DELAY_MS : RETRY_MS);
  }

  async #advance(): Promise<void> {
    const [from, target] = [this.#indexedSeq, this.#journaledSeq];
    this.#sample ??= { seq: target, atMs: performance.now() };
    const { watermark, ...searchable } = await this.#work.advance();
    if (watermark === from && from < target)
      throw new Error(`the journal holds nothing behind batch ${from}, but ${target} was answered`);
    this.#indexedSeq = watermark;
    this.#searchable(searchable);
    if (watermark >= this.#sample.seq) [this.#asOfMs, this.#sample] = [this.#sample.atMs, undefined];
    this.#hasCaughtUp ||= !this.#isBehind();
    this.#resolveReached();
  }

  #searchable({ unsearchable, isUntidy }: Searchable): void {
    this.#unsearchable = unsearchable;
    this.#isUntidy = isUntidy;
  }

  #isAwaited(): boolean {
    return this.#isBehind() && this.#waiters.length > 0;
  }

  /** Not at a start: to be ready comes first. */
  #isSearchOverdue(): boolean {
    return this.#hasCaughtUp && this.#unsearchable >= UNSEARCHABLE_MESSAGES_MAX;
  }

  #isBehind(): boolean {
    return this.#indexedSeq < this.#journaledSeq;
  }

  /** Less than a step is left for a moment of rest: who reads what was just written often does so again. */
  #isSearchDue(cause: "awaited" | "rested"): boolean {
    if (this.#stopped) return false;
    if (this.#unsearchable >= SEARCH_STEP_MESSAGES) return true;
    return (this.#unsearchable > 0 || this.#isUntidy) && cause === "rested" && !this.#isBehind();
  }

  #resolveReached(): void {
    const reached = this.#waiters.filter(({ seq }) => seq <= this.#indexedSeq);
    this.#waiters = this.#waiters.filter(({ seq }) => seq > this.#indexedSeq);
    for (const waiter of reached) waiter.resolve();
  }

  #rejectAll(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}

function closed(): AppError {
  return new AppError("unavailable", "the store is closed");
}
