/**
 * The SQLite engine: three threads on two files.
 *
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
import type { AppendResult, Store, StoreOptions } from "../store.ts";
import type { IndexerHandlers } from "./indexer-thread.ts";
import type { JournalHandlers } from "./journal-thread.ts";
import { IndexProgress } from "./progress.ts";
import type { ReaderHandlers } from "./reader-thread.ts";
import { startThread } from "./thread.ts";

/** Batches handed to the journal and not yet answered; ingest keeps far fewer, so this only catches a fault. */
const APPENDS_WAITING_MAX = 100;
/** Reads waiting for the reader thread. At some milliseconds a read, more would outlive their client's patience. */
const READS_WAITING_MAX = 1_000;
const INDEXER_CALLS_WAITING_MAX = 10;
/** Acknowledged and not yet indexed: bounds the journal, the memory of what is pending, and the replay at start. */
const UNINDEXED_MESSAGES_MAX = 100_000;
const REPLAY_RETRY_MS = 1_000;

/**
 * Opens the engine, and begins to replay what the journal holds above the watermark; calls wait until that is done.
 * Throws AppError `cannot_start` that names the file and what to do.
 */
export async function openSqliteStore(file: string, options: StoreOptions): Promise<Store> {
  const engine = new SqliteEngine(file, options);
  try {
    await engine.open();
  } catch (error) {
    await engine.stopThreads();
    throw error;
  }
  return {
    append: (batch) => engine.append(batch),
    find: (filter, page) => engine.read(() => engine.reader.call("find", filter, page)),
    get: (messageId) => engine.read(() => engine.reader.call("get", messageId)),
    stats: () => engine.read(() => engine.reader.call("stats")),
    ready: () => engine.ready(),
    close: () => engine.close(),
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
  readonly #path: string;
  readonly #options: StoreOptions;
  #progress: IndexProgress | undefined;
  #replayed: Promise<void> | undefined;
  #replaying = true;
  #closing: Promise<void> | undefined;
  /** Messages of each batch that is not indexed yet, by seq, in order; and their sum. */
  readonly #unindexed = new Map<number, number>();
  #unindexedMessages = 0;

  constructor(file: string, options: StoreOptions) {
    // An absolute path is a path to SQLite, whatever its name; a relative one could be read as a URI (sqlite.org/uri.html).
    this.#path = resolve(file);
    this.#options = options;
  }

  async open(): Promise<void> {
    const { watermark, clean } = await this.#indexer.call("open", this.#path);
    // Beside the real file, by whichever link it is named.
    const journalPath = `${realpathSync(this.#path)}.journal`;
    if (!clean && !existsSync(journalPath)) throw journalMissing(this.#path, journalPath);
    const { lastSeq, trimmedSeq } = await this.#journal.call("open", journalPath, this.#path);
    if (trimmedSeq > watermark) throw journalAhead(this.#path, journalPath);
    await this.#indexer.call("openJournal", journalPath);
    // Before the first message is taken: from here on the main file alone is not all there is.
    await this.#indexer.call("markClean", false);
    await this.reader.call("open", this.#path);
    this.#progress = new IndexProgress(
      watermark,
      Math.max(lastSeq, watermark),
      () => this.#advance(),
      this.#options.onFailure,
    );
    this.#replayed = this.#replay(this.#progress);
    if (lastSeq <= watermark) return this.#replayed;
    // Calls wait for a longer replay and are told of its failure; there may be none to tell.
    this.#replayed.catch(() => undefined);
  }

  async append(batch: readonly Message[]): Promise<readonly AppendResult[]> {
    await this.#whileOpen();
    if (this.#unindexedMessages >= UNINDEXED_MESSAGES_MAX) {
      throw new AppError("unavailable", "too many messages are waiting to be indexed; send again later", {
        reason: `${this.#unindexedMessages} messages are journaled and not indexed`,
        cause: this.#progress?.failure,
      });
    }
    const { results, seq, created } = await this.#journal.call(
      "append",
      JSON.stringify(batch),
      this.#options.now(),
    );
    if (seq !== null) {
      this.#unindexed.set(seq, created);
      this.#unindexedMessages += created;
      this.#progress?.journaled(seq);
    }
    return results;
  }

  /** Sees every message that was answered before the call. */
  async read<T>(read: () => Promise<T>): Promise<T> {
    await this.#whileOpen();
    await this.#progress?.reached();
    return read();
  }

  async ready(): Promise<void> {
    if (this.#closing === undefined && this.#replaying) {
      const { indexedSeq = 0, journaledSeq = 0 } = this.#progress ?? {};
      throw new AppError("unavailable", `replaying the journal: at batch ${indexedSeq} of ${journaledSeq}`);
    }
    await this.#whileOpen();
    const failure = this.#progress?.failure;
    if (failure instanceof AppError) throw failure;
    await Promise.all([this.#journal.call("ready"), this.#indexer.call("ready"), this.reader.call("ready")]);
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
    // What is not indexed by then stays in the journal, and is replayed at the next start.
    if (!this.#replaying) await this.#indexAll().catch(this.#options.onFailure);
    await this.stopThreads();
  }

  async #indexAll(): Promise<void> {
    // Behind every append that was begun: a thread answers in order.
    await this.#journal.call("ready");
    await this.#progress?.reached();
    await this.#journal.call("trimNow");
    await this.#indexer.call("markClean", true);
  }

  async #replay(progress: IndexProgress): Promise<void> {
    while (progress.indexedSeq < progress.journaledSeq) {
      try {
        await progress.reached();
      } catch (error) {
        if (this.#closing !== undefined) throw error;
        await sleep(REPLAY_RETRY_MS);
      }
    }
    await this.#journal.call("begin", progress.indexedSeq);
    this.#replaying = false;
  }

  async #advance(): Promise<number> {
    const watermark = await this.#indexer.call("advance");
    for (const [seq, messages] of this.#unindexed) {
      if (seq > watermark) break;
      this.#unindexed.delete(seq);
      this.#unindexedMessages -= messages;
    }
    if (!this.#replaying) await this.#journal.call("indexed", watermark);
    return watermark;
  }

  async #whileOpen(): Promise<void> {
    if (this.#closing !== undefined) throw new AppError("unavailable", "the store is closed");
    await this.#replayed;
  }
}

function journalMissing(path: string, journalPath: string): AppError {
  return new AppError(
    "cannot_start",
    `${path} was not stopped cleanly, and ${journalPath}, which may hold acknowledged messages, is missing: put it back ` +
      "beside it. If it is lost for good, an empty file of that name accepts the loss",
  );
}

function journalAhead(path: string, journalPath: string): AppError {
  return new AppError(
    "cannot_start",
    `${path} is older than ${journalPath}: messages in between are in neither. Restore both from the same moment`,
  );
}
