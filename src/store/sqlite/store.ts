/**
 * The SQLite engine: three threads on two files.
 *   append ─▶ journal thread ─▶ <file>.journal, synced ─▶ the answer
 *                                     │ read by
 *                                     ▼
 *             indexer thread ─▶ <file>: rows, indexes, watermark, in one transaction ─▶ the journal is trimmed
 *   find   ─▶ once the watermark covers all that was answered ─▶ reader thread
 */
import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import type { Message } from "../../message.ts";
import { isStorable } from "../limits.ts";
import type { TargetStore } from "../move.ts";
import { freeBytes } from "../room.ts";
import type { AppendResult, StoreOptions } from "../store.ts";
import { Backlog } from "./backlog.ts";
import { encode } from "./batch.ts";
import { DiskRoom } from "./disk-room.ts";
import { Erasures } from "./erasures.ts";
import { asCannotStart, journalAhead, journalMissing } from "./failure.ts";
import type { IndexerHandlers } from "./indexer-thread.ts";
import type { JournalHandlers } from "./journal-thread.ts";
import { type Advanced, IndexProgress } from "./progress.ts";
import type { ReaderHandlers } from "./reader-thread.ts";
import { startThread, type Thread } from "./thread.ts";

/** Batches handed to the journal and not yet answered; ingest keeps far fewer, so this only catches a fault. */
const APPENDS_WAITING_MAX = 100;
/** Reads waiting for the reader thread. At some milliseconds a read, more would outlive their client's patience. */
const READS_WAITING_MAX = 1_000;
const INDEXER_CALLS_WAITING_MAX = 10;
/** For reads to finish when the store closes; those that still wait then are refused, the one that runs is waited for. */
const READS_DRAIN_MS_MAX = 1_000;
const REPLAY_RETRY_MS = 1_000;
/** So few are not left for the next large transaction: some pages are written for them, which no disk notices. */
const FEW_MESSAGES = 32;

/**
 * Opens the engine, and begins to replay what the journal holds above the watermark; calls wait until that is done.
 * `free` tells the bytes that are free where the file lies.
 * Throws AppError `cannot_start` that names the file and what to do.
 */
export async function openSqliteStore(
  file: string,
  options: StoreOptions,
  free: () => number = () => freeBytes(resolve(file)),
): Promise<TargetStore> {
  const engine = new SqliteEngine(file, options, new DiskRoom(free, options.now));
  try {
    await engine.open();
  } catch (error) {
    await engine.stopThreads();
    throw asCannotStart(error, resolve(file));
  }
  const read = <T>(ask: () => Promise<T>, maxAgeMs?: number): Promise<T> =>
    engine.begun(() => engine.read(ask, maxAgeMs));
  return {
    append: (batch) => engine.begun(() => engine.append(batch)),
    find: (filter, page, maxAgeMs) => read(() => engine.reader.call("find", filter, page), maxAgeMs),
    get: (messageId) => read(() => engine.reader.call("get", messageId)),
    stats: (maxAgeMs) => read(() => engine.reader.call("stats"), maxAgeMs),
    timeline: (request, maxAgeMs) => read(() => engine.reader.call("timeline", request), maxAgeMs),
    conflicts: (request) => read(() => engine.reader.call("conflicts", request)),
    // What is not there yet comes with a later call: none has to wait.
    arrivals: (...asked) => read(() => engine.reader.call("arrivals", ...asked), Infinity),
    countArrivals: (after) => engine.begun(() => engine.reader.call("countArrivals", after)),
    erase: (filter) => engine.begun(() => engine.erasures.erase(filter)),
    ready: () => engine.begun(() => engine.ready()),
    close: () => engine.close(),
    keepConflicts: (records) => engine.begun(() => engine.keep((to) => to.call("keepConflicts", records))),
    keepErased: (key, ids) => engine.begun(() => engine.keep((to) => to.call("keepErased", key, ids))),
    forgetErased: (ids, day) => engine.begun(() => engine.keep((to) => to.call("forgetEach", ids, day))),
  };
}

class SqliteEngine {
  readonly reader = startThread<ReaderHandlers>(
    new URL("reader-thread.ts", import.meta.url),
    READS_WAITING_MAX,
  );
  readonly #journal = startThread<JournalHandlers>(
    new URL("journal-thread.ts", import.meta.url),
    APPENDS_WAITING_MAX,
  );
  readonly #indexer = startThread<IndexerHandlers>(
    new URL("indexer-thread.ts", import.meta.url),
    INDEXER_CALLS_WAITING_MAX,
  );
  readonly erasures: Erasures;
  readonly #path: string;
  readonly #options: StoreOptions;
  readonly #backlog: Backlog;
  #progress: IndexProgress | undefined;
  #replayed: Promise<void> | undefined;
  #replaying = true;
  #closing: Promise<void> | undefined;
  #asking: Promise<void> | undefined;
  readonly #running = new Set<Promise<unknown>>();

  constructor(file: string, options: StoreOptions, room: DiskRoom) {
    // An absolute path is a path to SQLite, whatever its name; a relative one could be read as a URI (sqlite.org/uri.html).
    this.#path = resolve(file);
    this.#options = options;
    this.#backlog = new Backlog(room);
    options.onJournal?.(() => ({ ...this.#backlog.depth(), batches: this.#progress?.behind ?? 0 }));
    const indexed = (): Promise<void> => this.read(() => Promise.resolve());
    this.erasures = new Erasures(this.#indexer, this.#journal, indexed, options);
  }

  async open(): Promise<void> {
    const { clean, ...indexed } = await this.#indexer.call("open", this.#path);
    // Beside the real file, by whichever link it is named.
    const journalPath = `${realpathSync(this.#path)}.journal`;
    if (!clean && !existsSync(journalPath)) throw journalMissing(this.#path, journalPath);
    const { lastSeq, trimmedSeq } = await this.#journal.call("open", journalPath, this.#path);
    if (trimmedSeq > indexed.watermark) throw journalAhead(this.#path, journalPath);
    await this.#indexer.call("openJournal", journalPath);
    // Before the first message is taken: from here on the main file alone is not all there is.
    await this.#indexer.call("markClean", false);
    await this.reader.call("open", this.#path, this.#options.readTimeoutMs);
    this.#progress = new IndexProgress(
      indexed,
      lastSeq,
      { advance: () => this.#advance(), makeSearchable: () => this.#indexer.call("makeSearchable") },
      this.#options.onFailure,
    );
    this.#replayed = this.#replay(this.#progress);
    // Calls wait for a longer replay and are told of its failure; there may be none to tell.
    this.#replayed.then(() => this.erasures.watch()).catch(() => undefined);
    if (lastSeq <= indexed.watermark) return this.#replayed;
  }

  /** Runs a call of the store, unless that is closed; close waits for it. */
  async begun<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new AppError("unavailable", "the store is closed");
    const running = call();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async append(batch: readonly Message[]): Promise<readonly AppendResult[]> {
    await this.#replayed;
    this.#backlog.requireRoom();
    const storable = batch.filter(isStorable);
    // Strings cross between threads at less cost than objects, and the journal keeps these as they are.
    const ids = storable.map(({ message_id }) => message_id);
    const encoded = storable.map(encode);
    const { results, seq, ...added } = await this.#journal.call("append", ids, encoded, this.#options.now());
    if (seq !== null) this.#backlog.journaled(seq, added);
    if (seq !== null) this.#progress?.journaled(seq);
    if (storable.length === batch.length) return results;
    let next = 0;
    return batch.map((message) => (message === storable[next] ? (results[next++] ?? "refused") : "refused"));
  }

  async keep<T>(write: (indexer: Thread<IndexerHandlers>) => Promise<T>): Promise<T> {
    await this.#replayed;
    return write(this.#indexer);
  }

  /** Sees every message that was answered `maxAgeMs` before the call. */
  async read<T>(read: () => Promise<T>, maxAgeMs = 0): Promise<T> {
    await this.#replayed;
    await this.#progress?.reached(this.#backlog.messages <= FEW_MESSAGES ? 0 : maxAgeMs);
    return read();
  }

  async ready(): Promise<void> {
    if (this.#replaying) {
      const { indexedSeq = 0, journaledSeq = 0 } = this.#progress ?? {};
      throw new AppError("unavailable", `replaying the journal: at batch ${indexedSeq} of ${journaledSeq}`);
    }
    const failure = this.#progress?.failure;
    if (failure instanceof AppError) throw failure;
    this.#backlog.requireRoom();
    // One question for all who ask meanwhile: strangers' probes must not use up the calls that messages need.
    await (this.#asking ??= this.#askThreads().finally(() => (this.#asking = undefined)));
  }

  async #askThreads(): Promise<void> {
    const threads = [this.#journal, this.#indexer, this.reader];
    await Promise.all(threads.map((thread) => thread.call("ready")));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /**
   * In the order in which connections have to go: each file's writing one last, since the last one folds the
   * write-ahead log back into the file, and one that only reads cannot.
   */
  async stopThreads(): Promise<void> {
    this.#progress?.stop();
    await this.#indexer.call("closeJournal");
    await this.reader.stop();
    await this.#journal.stop();
    await this.#indexer.stop();
  }

  async #close(): Promise<void> {
    const stopped = this.erasures.stop();
    // What is not indexed by then stays in the journal, and is replayed at the next start.
    if (!this.#replaying) {
      await stopped;
      const late = setTimeout(() => this.reader.abandon(), READS_DRAIN_MS_MAX);
      await Promise.allSettled(this.#running);
      clearTimeout(late);
      await this.#indexAll().catch(this.#options.onFailure);
    }
    await this.stopThreads();
  }

  async #indexAll(): Promise<void> {
    await this.#progress?.reached();
    await this.#journal.call("trimNow");
    await this.#indexer.call("markClean", true);
  }

  async #replay(progress: IndexProgress): Promise<void> {
    while (this.#replaying) {
      try {
        await progress.reached();
        await this.#journal.call("begin", progress.indexedSeq);
        this.#replaying = false;
      } catch (error) {
        if (this.#closing !== undefined) throw error;
        // The cause may go away, as a full disk does. What the progress failed at, it has told itself.
        if (error !== progress.failure) this.#options.onFailure(error);
        await sleep(REPLAY_RETRY_MS);
      }
    }
  }

  async #advance(): Promise<Advanced> {
    const advanced = await this.#indexer.call("advance");
    this.#backlog.indexed(advanced.watermark);
    // Readers need not wait for it: the thread hears of it before whatever is asked of it later.
    if (!this.#replaying) this.#journal.call("indexed", advanced.watermark).catch(this.#options.onFailure);
    return advanced;
  }
}
