/**
 * Erasing as a store does it: one at a time, on a connection of its own that is there for as long as that takes, and by itself what is
 * too old.
 */
import type { Client } from "pg";
import { AppError } from "../../errors.ts";
import type { Erased, ErasureFilter, Instant } from "../../message.ts";
import { requireNamed } from "../erasure-filter.ts";
import { dayOf, expiryOf, RETENTION_CHECK_MS } from "../retention.ts";
import type { StoreOptions } from "../store.ts";
import type { Use } from "./connection.ts";
import { type Eraser, eraseMatching } from "./erasing.ts";
import { asAppError } from "./failure.ts";
import { forgetErased } from "./forgetting.ts";
import { LOOKUP_SETTINGS } from "./pools.ts";
import { ERASING_LOCK, EXPIRY_LOCK } from "./schema.ts";
import type { Servers } from "./servers.ts";
import { vacuumMessages } from "./vacuum.ts";

/** For a statement, or for whoever counts or checks meanwhile; a vacuum is given more (vacuum.ts). */
const ANSWER_MS_MAX = 60_000;
/** Calls that wait for the one before: more would be a fault of who asks. */
const CALLS_WAITING_MAX = 100;
/** When it failed, such as with the database away, or when another process is at it. */
const RETRY_AFTER_MS = 10_000;
/** For what is being erased when the store closes; what is left then is left. */
const DRAIN_MS_MAX = 1_000;

const USE: Use = {
  name: "lyftr erase",
  server: "write",
  settings: LOOKUP_SETTINGS,
  answerMsMax: ANSWER_MS_MAX,
};

export class Erasures {
  readonly #servers: Servers;
  readonly #options: StoreOptions;
  readonly #known: number;
  /** The last of those that wait for each other; never rejects. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Of the one that is at work. */
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #isCut = false;
  #failed = false;
  /** On which ids were forgotten last. */
  #forgotDay: number | undefined;

  /** `known`: the schema that this program knows. */
  constructor(servers: Servers, options: StoreOptions, known: number) {
    this.#servers = servers;
    this.#options = options;
    this.#known = known;
    if (options.retentionDays !== undefined || options.dedupeDays !== undefined) this.#lookIn(0);
  }

  /** Store.erase. */
  async erase(filter: ErasureFilter): Promise<Erased> {
    requireNamed(filter);
    const sum = new Sum();
    await this.#inTurn(async (client) => {
      await vacuumMessages(client, await eraseMatching(filter, this.#eraser(client, sum)));
    });
    return sum.erased;
  }

  /** Waits for what is erased, though not for long. Never rejects. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    const late = setTimeout(() => {
      this.#isCut = true;
      void this.#client?.end().catch(() => undefined);
    }, DRAIN_MS_MAX);
    await this.#last;
    clearTimeout(late);
  }

  #lookIn(ms: number): void {
    if (!this.#isClosing) this.#timer = setTimeout(() => void this.#look(), ms).unref();
  }

  async #look(): Promise<void> {
    let isDone = false;
    try {
      isDone = await this.#inTurn((client) => this.#expire(client));
      this.#failed = false;
    } catch (error) {
      if (!this.#isClosing) this.#options.onFailure(asAppError(error), this.#failed);
      this.#failed = true;
    }
    this.#lookIn(isDone ? RETENTION_CHECK_MS : RETRY_AFTER_MS);
  }

  /** False when another process is at it. */
  async #expire(client: Client): Promise<boolean> {
    const { retentionDays, dedupeDays, now } = this.#options;
    const lock = await client.query<{ ours: boolean }>(`SELECT pg_try_advisory_lock(${EXPIRY_LOCK}) AS ours`);
    if (lock.rows[0]?.ours !== true) return false;
    if (retentionDays !== undefined) await this.#eraseBefore(expiryOf(now(), retentionDays), client);
    const today = dayOf(now());
    if (dedupeDays !== undefined && this.#forgotDay !== today) {
      await forgetErased(client, today - dedupeDays, this.#known, () => this.#mayGoOn());
      this.#forgotDay = today;
    }
    return true;
  }

  async #eraseBefore(until: Instant, client: Client): Promise<void> {
    const sum = new Sum();
    try {
      const eraser = { ...this.#eraser(client, sum), mayGoOn: () => this.#mayGoOn() };
      const xid = await eraseMatching({ until }, eraser);
      if (xid !== null) await vacuumMessages(client, xid);
    } finally {
      if (sum.erased.messages > 0) this.#options.onExpired?.(sum.erased);
    }
  }

  #eraser(client: Client, sum: Sum): Eraser {
    return {
      client,
      known: this.#known,
      day: dayOf(this.#options.now()),
      onStep: (erased) => sum.add(erased),
      mayGoOn: () => {
        if (this.#isCut) throw closed();
      },
    };
  }

  /** What nobody waits for ends when the store closes. */
  #mayGoOn(): void {
    if (this.#isClosing) throw closed();
  }

  #inTurn<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#waiting >= CALLS_WAITING_MAX) {
      const reason = `${this.#waiting} erasures wait for each other`;
      return Promise.reject(new AppError("unavailable", "the store is not available now", { reason }));
    }
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#connected(work)).finally(() => (this.#waiting -= 1));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#isCut) throw closed();
    try {
      const client = await this.#servers.connect(USE);
      this.#client = client;
      try {
        // Else nobody would cut it off any more.
        if (this.#isCut) throw closed();
        await client.query(`SELECT pg_advisory_lock_shared(${ERASING_LOCK})`);
        return await work(client);
      } finally {
        this.#client = undefined;
        await client.end().catch(() => undefined);
      }
    } catch (error) {
      this.#servers.doubt();
      throw error;
    }
  }
}

/** Of the steps that are done. */
class Sum {
  erased: Erased = { messages: 0, conflicts: 0 };

  add({ messages, conflicts }: Erased): void {
    this.erased = {
      messages: this.erased.messages + messages,
      conflicts: this.erased.conflicts + conflicts,
    };
  }
}

function closed(): AppError {
  return new AppError("unavailable", "the store is closed");
}
