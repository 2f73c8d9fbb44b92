/**
 * Erases at request and by age, one erasure after the other:
 *
 *   all that was answered is in the main file ─▶ the messages go, step by step (eraser.ts)
 *     ─▶ free pages and slack of the journal and of the main file are overwritten, and their write-ahead logs emptied
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import type { Erased, ErasureFilter } from "../../message.ts";
import { requireNamed } from "../erasure-filter.ts";
import { dayOf, expiryOf, RETENTION_CHECK_MS } from "../retention.ts";
import type { StoreOptions } from "../store.ts";
import { ERASED_SLICES } from "./erased-ids.ts";
import type { IndexerHandlers } from "./indexer-thread.ts";
import type { JournalHandlers } from "./journal-thread.ts";
import type { SlackStep } from "./slack.ts";
import type { Thread } from "./thread.ts";

/** Until a log is tried again that another program reads, such as `lyftr check`. */
const LOG_RETRY_MS = 250;
/** Nobody waits for what is done by age: between two steps, some 5 ms each, the indexer and the processor are left to others. */
const REST_MS = 5;

/** After a failure of the disk, or such. */
const RETRY_MS = 60_000;
/** What was erased by age went on for long, and somebody else had to wait; it goes on behind them. */
const GAVE_WAY_MS = 1_000;
/** Each may take minutes: who waits behind more has long gone. */
const ERASURES_WAITING_MAX = 100;
/** No message has an empty id. */
const NOBODY: ErasureFilter = { message_ids: [""] };

/** So far. */
type Counts = { -readonly [Figure in keyof Erased]: Erased[Figure] };

/** What both threads do. */
type SlackCall = (name: "overwriteSlack", isFirst: boolean) => Promise<SlackStep>;

export class Erasures {
  readonly #indexer: Thread<IndexerHandlers>;
  readonly #journal: Thread<JournalHandlers>;
  readonly #indexed: () => Promise<void>;
  readonly #options: StoreOptions;
  #last: Promise<unknown> = Promise.resolve();
  /** Erasures at request that have not begun. */
  #waiting = 0;
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
  async erase(filter: ErasureFilter): Promise<Erased> {
    requireNamed(filter);
    if (this.#waiting >= ERASURES_WAITING_MAX) {
      const reason = `${this.#waiting} erasures wait for each other`;
      throw new AppError("unavailable", "the store is not available now", { reason });
    }
    this.#waiting += 1;
    return this.#inTurn(async () => {
      this.#waiting -= 1;
      const erased = { messages: 0, conflicts: 0 };
      await this.#eraseMessages(filter, erased, 0);
      await this.#overwrite(0);
      return erased;
    });
  }

  /** Makes good what a process before was cut short at, then erases what is old, now and from time to time. */
  watch(): void {
    this.#inTurn(() => this.#expire()).then(
      (isDone) => this.#watchIn(isDone ? RETENTION_CHECK_MS : GAVE_WAY_MS),
      (error: unknown) => {
        if (!this.#stopped) this.#options.onFailure(error);
        this.#watchIn(RETRY_MS);
      },
    );
  }

  /** What runs ends after its step; whoever waits for it is told so. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#last;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #watchIn(ms: number): void {
    const { retentionDays, dedupeDays } = this.#options;
    if (this.#stopped || (retentionDays ?? dedupeDays) === undefined) return;
    this.#timer = setTimeout(() => this.watch(), ms).unref();
  }

  /** False when it gave way to somebody who waits. */
  async #expire(): Promise<boolean> {
    const { now, retentionDays, dedupeDays, onExpired } = this.#options;
    const erased = { messages: 0, conflicts: 0 };
    try {
      const filter = retentionDays === undefined ? NOBODY : { until: expiryOf(now(), retentionDays) };
      if (!(await this.#eraseMessages(filter, erased, REST_MS))) return false;
    } finally {
      if (erased.messages > 0) onExpired?.(erased);
    }
    await this.#overwrite(REST_MS);
    const today = dayOf(now());
    if (dedupeDays === undefined || this.#forgottenDay === today) return true;
    for (let slice = 0; slice < ERASED_SLICES; slice += 1) {
      await this.#rest(REST_MS);
      await this.#indexer.call("forgetErased", today - dedupeDays, slice);
    }
    this.#forgottenDay = today;
    return true;
  }

  /** Adds to `erased`. By age, false when it gave way to somebody who waits. */
  async #eraseMessages(filter: ErasureFilter, erased: Counts, restMs: number): Promise<boolean> {
    await this.#indexed();
    await this.#indexer.call("beginErasure", filter, this.#options.now());
    for (;;) {
      const { messages, conflicts, isDone } = await this.#indexer.call("eraseStep");
      erased.messages += messages;
      erased.conflicts += conflicts;
      if (isDone) return true;
      if (restMs > 0 && this.#waiting > 0) return false;
      await this.#rest(restMs);
    }
  }

  /** Where something was erased since it was done last, or it was cut short. */
  async #overwrite(restMs: number): Promise<void> {
    const { counted, overwritten } = await this.#indexer.call("erasures");
    if (counted === overwritten) return;
    await this.#overwriteJournal(restMs);
    while (!(await this.#indexer.call("overwriteFreeSpace"))) await this.#rest(restMs);
    await this.#overwriteSlack(this.#indexer, restMs);
    await this.#indexer.call("setOverwritten", counted);
  }

  /** Trimming frees pages without overwriting them, and what arrives meanwhile takes them: it has to go as well. */
  async #overwriteJournal(restMs: number): Promise<void> {
    await this.#journal.call("overwriteFreed", true);
    try {
      while (!(await this.#journal.call("overwriteFreeSpace"))) await this.#rest(restMs);
      await this.#indexed();
      await this.#journal.call("trimNow");
      await this.#overwriteSlack(this.#journal, restMs);
    } finally {
      await this.#journal.call("overwriteFreed", false);
    }
  }

  async #overwriteSlack(file: { readonly call: SlackCall }, restMs: number): Promise<void> {
    let step = await file.call("overwriteSlack", true);
    while (step !== "done") {
      await this.#rest(step === "busy" ? LOG_RETRY_MS : restMs);
      step = await file.call("overwriteSlack", false);
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#stopped) throw new AppError("unavailable", "the store is closing; erase again to go on");
    if (ms > 0) await sleep(ms);
  }
}
