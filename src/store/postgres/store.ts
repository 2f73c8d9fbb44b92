/**
 * The PostgreSQL engine: any number of processes on one database, none of which waits for another.
 *
 *   append ─▶ write connections, two ─▶ messages, uncounted: one statement, COMMIT ─▶ the answer
 *                                                  │
 *             upkeep connection, one ─▶ what is uncounted is counted, by one process at a time
 *   find   ─▶ read connections, a few ─▶ one moment: the messages, the counts, and what is uncounted
 */
import type { Client } from "pg";
import { AppError } from "../../errors.ts";
import type { Erased, ErasureFilter, Message, MessageFilter } from "../../message.ts";
import { shownUrl } from "../../postgres-url.ts";
import { storableProblem } from "../../storable.ts";
import { isStorable } from "../limits.ts";
import type { TargetStore } from "../move.ts";
import type { AppendResult, StoreOptions } from "../store.ts";
import { tooSlow } from "../too-slow.ts";
import { appendBatch } from "./append.ts";
import { arrivalsBehind, countArrivals } from "./arrivals.ts";
import { mergeConflicts } from "./conflicts.ts";
import { joinErased } from "./erased-ids.ts";
import type { Use } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { Deadline, PastDeadline } from "./deadline.ts";
import { Erasures } from "./erasures.ts";
import { asAppError, asCannotStart, isCanceled, isOfData, stateOf } from "./failure.ts";
import { forgetEach } from "./forgetting.ts";
import { INBOX_VERSION, settleInbox } from "./inbox.ts";
import { LIMITS } from "./plan.ts";
import { connectionsOf, statementMs, WRITE_SETTINGS } from "./pools.ts";
import { Queries } from "./queries.ts";
import { Reader } from "./reader.ts";
import { migrate, readSchema, requireSchema } from "./schema.ts";
import { Servers } from "./servers.ts";
import { TotalsByServer } from "./totals-by-server.ts";
import { Upkeep } from "./upkeep.ts";
import { withoutWarning } from "./warning.ts";

/** For building an index over all messages, or for another process that does. */
const MIGRATION_MS_MAX = 3_600_000;
/** For reads to finish when the store closes; those that still run then are cut off. */
const READS_DRAIN_MS_MAX = 1_000;
/** For the last messages to be counted when the store closes; else the next process counts them. */
const UPKEEP_DRAIN_MS_MAX = 1_000;

/**
 * Opens the engine on the current schema. Throws AppError `cannot_start` that says what to do, and never the password.
 */
export async function openPostgresStore(
  url: string,
  options: StoreOptions,
  schema = readSchema(),
): Promise<TargetStore> {
  const servers = new Servers(url);
  const opening: Use = {
    name: "lyftr open",
    server: "write",
    settings: WRITE_SETTINGS,
    answerMsMax: MIGRATION_MS_MAX,
  };
  try {
    const client = await servers.connect(opening);
    try {
      await migrate(client, shownUrl(url), schema);
      // Where an older schema is asked for, there may be none.
      if (schema.version >= INBOX_VERSION) await settleInbox(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    throw asCannotStart(error, shownUrl(url));
  }
  const engine = new PostgresEngine(servers, options, schema.version);
  return {
    append: (batch) => engine.begun(() => engine.append(batch)),
    find: (filter, page) => engine.begun(() => engine.read(filter, (reader) => reader.find(filter, page))),
    get: (messageId) => engine.begun(() => engine.read({}, (reader) => reader.get(messageId))),
    stats: () => engine.begun(() => engine.read({}, (reader) => reader.stats())),
    timeline: (request) => engine.begun(() => engine.read(request, (reader) => reader.timeline(request))),
    conflicts: (request) => engine.begun(() => engine.read({}, (reader) => reader.conflicts(request))),
    arrivals: (...asked) =>
      engine.begun(() => engine.limited({}, (client) => arrivalsBehind(client, schema.version, ...asked))),
    countArrivals: (after) =>
      engine.begun(() => engine.limited({}, (client) => countArrivals(client, schema.version, after))),
    erase: (filter) => engine.begun(() => engine.erase(filter)),
    ready: () => engine.begun(() => engine.ready()),
    close: () => engine.close(),
    keepConflicts: (records) => engine.begun(() => engine.keep((client) => mergeConflicts(client, records))),
    keepErased: (key, ids) => engine.begun(() => engine.keep((client) => joinErased(client, key, ids))),
    forgetErased: (ids, day) => engine.begun(() => engine.keep((client) => forgetEach(client, ids, day))),
  };
}

class PostgresEngine {
  readonly #options: StoreOptions;
  readonly #writes: Connections;
  readonly #reads: Connections;
  readonly #keeping: Connections;
  readonly #upkeep: Upkeep;
  readonly #erasures: Erasures;
  readonly #totals = new TotalsByServer();
  readonly #running = new Set<Promise<unknown>>();
  readonly #known: number;
  #asking: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** `known`: the schema that this program knows. */
  constructor(servers: Servers, options: StoreOptions, known: number) {
    this.#options = options;
    this.#known = known;
    const { writes, reads, keeping } = connectionsOf(servers, options, (client) => this.#totals.note(client));
    this.#writes = writes;
    this.#reads = reads;
    this.#keeping = keeping;
    for (const [use, { depth }] of [
      ["append", writes],
      ["read", reads],
      ["upkeep", keeping],
    ] as const) {
      options.onConnections?.(use, depth);
    }
    this.#upkeep = new Upkeep(
      (work) => this.#keeping.use(work),
      (error, again) => options.onFailure(asAppError(error), again),
      known,
    );
    // What a process before left uncounted.
    this.#upkeep.due(0);
    this.#erasures = new Erasures(servers, options, known);
  }

  /** Runs a call of the store, unless that is closed; what is begun, close waits for. Every failure is an AppError. */
  async begun<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new AppError("unavailable", "the store is closed");
    const running = call();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw await this.#toldOf(error);
    } finally {
      this.#running.delete(running);
    }
  }

  async append(batch: readonly Message[]): Promise<readonly AppendResult[]> {
    const storable = batch.filter((message) => isStorable(message) && isText(message));
    const results = storable.length === 0 ? [] : await this.#store(storable);
    if (storable.length === batch.length) return results;
    let next = 0;
    return batch.map((message) => (message === storable[next] ? (results[next++] ?? "refused") : "refused"));
  }

  keep<T>(write: (client: Client) => Promise<T>): Promise<T> {
    return this.#writes.use(async (client) => {
      await requireSchema(new Queries(client), this.#known);
      return withoutWarning(client, () => write(client));
    });
  }

  erase(filter: ErasureFilter): Promise<Erased> {
    return this.#erasures.erase(filter);
  }

  async read<T>(filter: MessageFilter, read: (reader: Reader) => Promise<T>): Promise<T> {
    return this.limited(filter, (client) => {
      const deadline = new Deadline(statementMs(this.#options.readTimeoutMs));
      const queries = new Queries(client, { deadline, known: this.#known });
      return read(new Reader(queries, LIMITS, this.#totals.of(client)));
    });
  }

  /** On a connection for reads, whose statements are stopped when their time is over. */
  async limited<T>(filter: MessageFilter, read: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await this.#reads.use(read);
    } catch (error) {
      if (!isCanceled(error) && !(error instanceof PastDeadline)) throw error;
      throw new AppError("read_timeout", tooSlow(filter, this.#options.readTimeoutMs), { cause: error });
    }
  }

  async ready(): Promise<void> {
    // One question for all who ask meanwhile: strangers' probes must not use up the connections that messages need.
    await (this.#asking ??= this.#askServer());
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** What the server refuses for a row's own sake is looked for by halves, so that its neighbours are stored. */
  async #store(batch: readonly Message[]): Promise<readonly AppendResult[]> {
    try {
      const results = await this.#writes.use((client) =>
        withoutWarning(client, () => appendBatch(client, batch, this.#options.now(), this.#known)),
      );
      this.#upkeep.due(batch.length);
      return results;
    } catch (error) {
      if (!isOfData(error)) throw error;
      if (batch.length === 1) return ["refused"];
      const middle = Math.ceil(batch.length / 2);
      const first = await this.#store(batch.slice(0, middle));
      return [...first, ...(await this.#store(batch.slice(middle)))];
    }
  }

  /** What the server calls a mistake in a statement may be an older program's in a schema that went on without it. */
  async #toldOf(error: unknown): Promise<AppError> {
    const told = asAppError(error);
    if (told.code !== "internal" || stateOf(error) === undefined) return told;
    const asking = this.#writes.use((client) => requireSchema(new Queries(client), this.#known));
    return asking.then(() => told, asAppError);
  }

  async #askServer(): Promise<void> {
    try {
      await this.#writes.use(async (client) => {
        const queries = new Queries(client);
        await requireSchema(queries, this.#known);
        const row = await queries.row("SELECT current_setting('transaction_read_only') AS read_only");
        if (row?.["read_only"] === "on") throw new AppError("unavailable", "the database is read-only");
      });
      await this.#reads.use((client) => new Queries(client).row("SELECT 1"));
    } finally {
      this.#asking = undefined;
    }
  }

  async #close(): Promise<void> {
    const late = setTimeout(() => void this.#reads.close(), READS_DRAIN_MS_MAX);
    await Promise.all([this.#erasures.close(), Promise.allSettled(this.#running)]);
    clearTimeout(late);
    const tooLate = setTimeout(() => void this.#keeping.close(), UPKEEP_DRAIN_MS_MAX);
    await this.#upkeep.stop();
    clearTimeout(tooLate);
    await Promise.all([this.#reads.close(), this.#writes.close(), this.#keeping.close()]);
  }
}

/** PostgreSQL holds no U+0000, and UTF-8 no lone surrogate. The parsers keep both out. */
function isText({ message_id, from, to, text }: Message): boolean {
  return [message_id, from, to, text ?? ""].every((some) => storableProblem(some) === null);
}
