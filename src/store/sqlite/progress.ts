/**
 * Keeps the main file following the journal, and tells who waits for it.
 *
 *   journaled(seq) ─▶ after INDEX_DELAY_MS, or at once when a reader waits ─▶ advance() … until seq is reached
 *   reached(seq)   ─▶ resolves when everything up to seq is in the main file
 */
import { AppError } from "../../errors.ts";

/** Batches that arrive within this time share a transaction: few and large ones write far less (docs/decisions). */
const INDEX_DELAY_MS = 100;
/** After a failure of the disk, how long until the next try. */
const RETRY_MS = 1_000;

interface Waiter {
  readonly seq: number;
  resolve(): void;
  reject(error: unknown): void;
}

export class IndexProgress {
  readonly #advance: () => Promise<number>;
  readonly #onFailure: (error: unknown) => void;
  #journaledSeq: number;
  #indexedSeq: number;
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #stopped = false;
  /** Why the last try failed; null once one succeeds. */
  #failure: unknown = null;

  /** `advance` applies the next part of the journal and resolves with the seq that is reached. */
  constructor(
    watermark: number,
    journaledSeq: number,
    advance: () => Promise<number>,
    onFailure: (error: unknown) => void,
  ) {
    this.#indexedSeq = watermark;
    this.#journaledSeq = journaledSeq;
    this.#advance = advance;
    this.#onFailure = onFailure;
  }

  get indexedSeq(): number {
    return this.#indexedSeq;
  }

  get journaledSeq(): number {
    return this.#journaledSeq;
  }

  get failure(): unknown {
    return this.#failure;
  }

  journaled(seq: number): void {
    this.#journaledSeq = Math.max(seq, this.#journaledSeq);
    this.#schedule(INDEX_DELAY_MS);
  }

  /** All that was journaled until now. Rejects when the main file cannot be written. */
  reached(seq = this.#journaledSeq): Promise<void> {
    if (seq <= this.#indexedSeq) return Promise.resolve();
    if (this.#stopped) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ seq, resolve, reject });
      clearTimeout(this.#timer);
      this.#timer = undefined;
      void this.#run();
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
      void this.#run();
    }, delayMs);
  }

  /** Never throws: a failure is told to those who wait, and to onFailure. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      // Without waiters one part is enough for now; what arrived meanwhile shares the next.
      do {
        this.#indexedSeq = await this.#advance();
        this.#failure = null;
        this.#resolveReached();
      } while (this.#indexedSeq < this.#journaledSeq && this.#waiters.length > 0);
    } catch (error) {
      if (this.#stopped) return;
      this.#failure = error;
      this.#rejectAll(error);
      this.#onFailure(error);
    } finally {
      this.#running = false;
    }
    if (this.#indexedSeq < this.#journaledSeq)
      this.#schedule(this.#failure === null ? INDEX_DELAY_MS : RETRY_MS);
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
