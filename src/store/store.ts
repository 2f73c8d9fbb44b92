import type {
  Erased,
  ErasureFilter,
  Message,
  MessageFilter,
  Outcome,
  Page,
  PageRequest,
  Stats,
  TimelineBucket,
  TimelineRequest,
} from "../message.ts";
import type { ConnectionsDepth, JournalDepth } from "../depth-gauges.ts";
import type { Arrivals } from "./arrivals.ts";
import type { ConflictsPage, ConflictsRequest } from "./conflict.ts";

/**
 * The contract between the house and its cellar. Every engine keeps these promises, and
 * test/store.contract.ts asks each of them for every one.
 *
 * Any method may throw AppError `unavailable` when the engine cannot do its work now (disk full, read error,
 * closed): nothing is half done then, and the same call may succeed later. A read that takes longer than `readTimeoutMs`
 * is stopped and throws `read_timeout`, with a detail that says which filter would narrow it.
 */
export interface Store {
  /**
   * Stores each message whose id is new, and says for each, in the order given, what became of it.
   *
   * - Resolves only when all that it says is durable: synced to disk, or committed by the database server.
   * - Exact under any concurrency, also for one id many times in a batch: the first is `created`, a later one
   *   with the same content is a `duplicate`, with different content a `conflict`; the first always stays.
   *   Content is `from`, `to`, `ts` and `text`, compared as they were sent.
   * - A conflict is kept for inspection: hash of the first and of the later content, which members differ,
   *   first and last time, how many times.
   * - The id of an erased message is a `duplicate`, whatever its content, for `dedupeDays`.
   * - A message that breaks a limit of message.ts is `refused`, and its neighbours are stored none the less.
   * - Rejects with `unavailable` when the outcome is unknown: any of the batch may be stored or none. Sending it
   *   again is safe.
   */
  append(batch: readonly Message[]): Promise<readonly AppendResult[]>;

  /**
   * One page of the messages that match, ordered by the instant of `ts`, then `message_id` by its UTF-8 bytes,
   * with the exact total. Page and total are of the same moment. Sees every message whose append resolved
   * `maxAgeMs` before the call (0 where it is left out), and whatever an earlier call saw: to ask for less than the newest is to
   * have nobody write anything earlier for it.
   */
  find(filter: MessageFilter, page: PageRequest, maxAgeMs?: number): Promise<Page>;

  /** The message of that id, or null. Sees what `find` sees by default. */
  get(messageId: string): Promise<Message | null>;

  /** Figures over all messages, of one moment. Sees what `find` sees. */
  stats(maxAgeMs?: number): Promise<Stats>;

  /**
   * The messages that match, counted by the hour or day of their instant: the first buckets in the order of time, at most
   * `limit` of them. One without such messages is left out, so that all counts add up to the `total` of `find` with the same
   * filter. Of one moment; sees what `find` sees.
   */
  timeline(request: TimelineRequest, maxAgeMs?: number): Promise<readonly TimelineBucket[]>;

  /**
   * What is kept of conflicts, by when each was met last, the latest first; those of one moment by message_id and later hash,
   * descending. Sees every conflict whose append resolved before the call. One that is met again moves to the front.
   */
  conflicts(request: ConflictsRequest): Promise<ConflictsPage>;

  /**
   * The next `limit` messages behind a place in the order of arrival, which is fixed from when a message is first seen in it: from
   * one place to the next, each message that is stored comes exactly once, whoever stores meanwhile and however the process ends.
   * A message is there within a second after its append resolved, unless another that began before it goes on. Behind `null` there
   * is nothing yet: `next` is the place behind which every message comes whose append resolves after the call; some that were just
   * stored may come as well. What is erased is left out.
   * Throws `invalid`, whose detail says why, for a place that is none of this inbox: malformed, of another one, or of before it was
   * restored, moved or lost what the place was given for.
   * `end` is a `next` of before, beyond which nothing is read: whoever reads up to the same end from several places gets to the same
   * place.
   */
  arrivals(after: string | null, limit: number, end?: string): Promise<Arrivals>;

  /** How many messages are behind a place in that order, up to ARRIVALS_COUNTED. Throws as `arrivals` does. */
  countArrivals(after: string): Promise<number>;

  /**
   * Erases the messages that match and whose append resolved before the call, with the record of their conflicts, and says how
   * many. Resolves once that is durable and what the engine can reach of their content is gone: also from the search index, from
   * every file that it came through, and from free space in them (on a database server: as far as vacuuming does that). Done in
   * small steps, between which appends and reads go on; each step is seen whole or not at all, and every figure stays exact.
   * When it rejects, some may be erased: the same call goes on with the rest. A filter that names nobody, or more than
   * ERASED_MESSAGES_MAX ids, is a fault of who asks: it rejects, and nothing is erased.
   */
  erase(filter: ErasureFilter): Promise<Erased>;

  /** Resolves when the engine answers reads and takes writes, on the schema this program knows. */
  ready(): Promise<void>;

  /** Waits for what was begun, then releases every file and connection. Later calls reject with `unavailable`. */
  close(): Promise<void>;
}

export type AppendResult = Outcome | "refused";

/** What an engine is opened with. */
export interface StoreOptions {
  /** Milliseconds since 1970, for the record of conflicts. */
  readonly now: () => number;
  /** How long a read may take. */
  readonly readTimeoutMs: number;
  /**
   * Messages whose instant lies further back than so many days before `now` are erased when the store opens, and then every
   * hour; undefined keeps them for ever.
   */
  readonly retentionDays?: number | undefined;
  /** For how many days after it was erased an id stays known, to the day of UTC; undefined for ever. */
  readonly dedupeDays?: number | undefined;
  /** Is told what was erased by age, each time that something was. */
  readonly onExpired?: (erased: Erased) => void;
  /**
   * Is told when rows that were erased cannot be removed from the tables of a server, since a transaction that began before goes on, and
   * with false when they are removed after all.
   */
  readonly onHeldUp?: (isHeldUp: boolean) => void;
  /** How many reads an engine on a server does at once; undefined leaves it to the engine. */
  readonly readConnections?: number | undefined;
  /**
   * Is told of each failure behind the calls, such as of indexing; the engine tries again by itself. `again`: so did the try before,
   * of which it was told.
   */
  readonly onFailure: (error: unknown, again?: boolean) => void;
  /** Is handed, for each use that the engine makes of connections to a server, what tells how many there are. */
  readonly onConnections?: (use: string, depth: () => ConnectionsDepth) => void;
  /** Is handed what tells how far the engine is behind its journal, where it has one. */
  readonly onJournal?: (depth: () => JournalDepth) => void;
}
