/**
 * Erases at request and by age, one erasure after the other:
 *
 *   all that was answered is in the main file ─▶ the messages go, step by step (eraser.ts)
 *     ─▶ free pages and slack of the journal and of the main file are overwritten, and their write-ahead logs emptied
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import type { Erased, ErasureFilter } from "../../message.ts";
import { dayOf, expiryOf, RETENTION_CHECK_MS } from "../retention.ts";
import type { StoreOptions } from "../store.ts";
import { ERASED_SLICES } from "./erased-ids.ts";
import type { IndexerHandlers } from "./indexer-thread.ts";
import type { JournalHandlers } from "./journal-thread.ts";
import type { Thread } from "./thread.ts";

/** Until a log is tried again that another program reads, such as `lyftr check`. */
const LOG_RETRY_MS = 250;
/** Nobody waits for what is done by age: between two steps, some 15 ms each, the indexer and the processor are left to others. */
const REST_MS = 15;

/** So far. */
type Counts = { -readonly [Figure in keyof Erased]: Erased[Figure] };

export class Erasures {
  readonly #indexer: Thread<IndexerHandlers>;
  readonly #journal: Thread<JournalHandlers>;
  readonly #indexed: () => Promise<void>;
  readonly #options: StoreOptions;
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #forgottenDay = Number.NEGATIVE_INFINITY;

  /** `indexed` resolves when all that was answered until now is in the main file. */
  constructor(
    indexer: Thread<IndexerHandlers>,
    journal: Thread<JournalHandlers>,
    indexed: () => Promise<void>,
    options: StoreOptions,
  ) {
    this.#indexer = indexer;
    this.#journal = journal;
    this.#indexed = indexed;
    this.#options = options;
  }

  /** Store.erase. */
  erase(filter: ErasureFilter): Promise<Erased> {
    const erasing = this.#last.then(() => this.#erase(filter));
    this.#last = erasing.catch(() => undefined);
    return erasing;
  }

  /** Erases what is old, now and from time to time. */
  watch(): void {
    const { retentionDays, dedupeDays, onFailure } = this.#options;
    if ((retentionDays ?? dedupeDays) === undefined) return;
    const expiring = this.#last.then(() => this.#expire());
    this.#last = expiring.catch((error: unknown) => {
      if (!this.#stopped) onFailure(error);
    });
    this.#timer = setTimeout(() => this.watch(), RETENTION_CHECK_MS).unref();
  }

  /** What runs ends after its step; whoever waits for it is told so. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#last;
  }

  async #expire(): Promise<void> {
    const { now, retentionDays, dedupeDays, onExpired } = this.#options;
    if (retentionDays !== undefined) {
      const erased = { messages: 0, conflicts: 0 };
      try {
        await this.#eraseMessages({ until: expiryOf(now(), retentionDays) }, erased, REST_MS);
      } finally {
        if (erased.messages > 0) onExpired?.(erased);
      }
      if (erased.messages > 0) await this.#overwrite(REST_MS);
    }
    const today = dayOf(now());
    if (dedupeDays === undefined || this.#forgottenDay === today) return;
    for (let slice = 0; slice < ERASED_SLICES; slice += 1) {
      await this.#rest(REST_MS);
      await this.#indexer.call("forgetErased", today - dedupeDays, slice);
    }
    this.#forgottenDay = today;
  }

  async #erase(filter: ErasureFilter): Promise<Erased> {
    const erased = { messages: 0, conflicts: 0 };
    await this.#eraseMessages(filter, erased, 0);
    // Also where nothing was found: the call before may have been cut short behind the last message.
    await this.#overwrite(0);
    return erased;
  }

  /** Adds to `erased`. */
  async #eraseMessages(filter: ErasureFilter, erased: Counts, restMs: number): Promise<void> {
    await this.#indexed();
    await this.#indexer.call("beginErasure", filter, this.#options.now());
    for (;;) {
      const { messages, conflicts, isDone } = await this.#indexer.call("eraseStep");
      erased.messages += messages;
      erased.conflicts += conflicts;
      if (isDone) return;
      await this.#rest(restMs);
    }
  }

  async #overwrite(restMs: number): Promise<void> {
    await this.#journal.call("trimNow");
    for (const file of [this.#journal, this.#indexer]) {
      while (!(await file.call("overwriteFreeSpace"))) await this.#rest(restMs);
      for (;;) {
        const step = await file.call("overwriteSlack");
        if (step === "done") break;
        await this.#rest(step === "busy" ? LOG_RETRY_MS : restMs);
      }
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#stopped) throw new AppError("unavailable", "the store is closing; erase again to go on");
    if (ms > 0) await sleep(ms);
  }
}
