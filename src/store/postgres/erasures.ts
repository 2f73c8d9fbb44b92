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
import { Remains } from "./remains.ts";
import { ERASING_LOCK, EXPIRY_LOCK } from "./schema.ts";
import type { Servers } from "./servers.ts";

/** For a statement, or for whoever counts or checks meanwhile; a vacuum is given more (vacuum.ts). */
const ANSWER_MS_MAX = 60_000;
/** Calls that wait for the one before: more would be a fault of who asks. */
const CALLS_WAITING_MAX = 100;
/** When it failed, such as with the database away, when another process is at it, or when what was erased cannot be removed yet. */
const RETRY_AFTER_MS = 10_000;
/** What was erased by age went on for long, and somebody had to wait; it goes on behind them. */
const GAVE_WAY_MS = 1_000;
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
  readonly #remains: Remains;
  /** The last of those that wait for each other; never rejects. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Of the one that is at work. */
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isClosing = false;
  #isCut = false;
  #failed = false;
  /** By performance.now, when to look next for what is too old. */
  #dueMs = 0;
  /** On which ids were forgotten last. */
  #forgotDay: number | undefined;

  /** `known`: the schema that this program knows. */
  constructor(servers: Servers, options: StoreOptions, known: number) {
    this.#servers = servers;
    this.#options = options;
    this.#known = known;
    this.#remains = new Remains(options.onHeldUp);
    this.#lookIn(0);
  }

  /** Store.erase. */
  async erase(filter: ErasureFilter): Promise<Erased> {
    requireNamed(filter);
    const sum = new Sum();
    try {
      await this.#inTurn(async (client) => {
        await eraseMatching(filter, this.#eraser(client, sum));
        await this.#remains.removeAll(client);
      });
    } finally {
      // One that looks sees to it at its end.
      if (!this.#isLooking && this.#remains.areThere) this.#lookIn(RETRY_AFTER_MS);
    }
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

  /** Where something may be to do by itself. */
  #lookIn(ms: number): void {
    const { retentionDays, dedupeDays } = this.#options;
    const isNothing = (retentionDays ?? dedupeDays) === undefined && !this.#remains.areThere;
    if (this.#isClosing || isNothing) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms).unref();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    let nextMs = RETRY_AFTER_MS;
    try {
      nextMs = await this.#inTurn((client) => this.#keepUp(client));
      this.#failed = false;
    } catch (error) {
      if (!this.#isClosing) this.#options.onFailure(asAppError(error), this.#failed);
      this.#failed = true;
    }
    this.#isLooking = false;
    this.#lookIn(nextMs);
  }

  /** What is too old goes, and what erasures left. Returns after how many milliseconds to look again. */
  async #keepUp(client: Client): Promise<number> {
    const { retentionDays, now } = this.#options;
    // Looks for what erasures left come more often: were more erased each time, each would vacuum all tables again.
    const isDue = performance.now() >= this.#dueMs;
    const isOurs = isDue && (await isAlone(client));
    if (isOurs && retentionDays !== undefined)
      await this.#eraseBefore(expiryOf(now(), retentionDays), client);
    // Whoever asks does not wait for a vacuum that theirs makes needless.
    if (this.#isAskedFor()) return GAVE_WAY_MS;
    await this.#remains.remove(client);
    if (this.#isAskedFor()) return GAVE_WAY_MS;
    if (isOurs) {
      await this.#forget(client);
      this.#dueMs = performance.now() + RETENTION_CHECK_MS;
    }
    const isLeft = this.#remains.areThere || (isDue && !isOurs);
    return isLeft ? RETRY_AFTER_MS : this.#dueMs - performance.now();
  }

  async #eraseBefore(until: Instant, client: Client): Promise<void> {
    const sum = new Sum();
    try {
      await eraseMatching(
        { until },
        {
          ...this.#eraser(client, sum),
          mayGoOn: () => this.#mayGoOn(),
          givesWay: () => this.#isAskedFor(),
        },
      );
    } finally {
      if (sum.erased.messages > 0) this.#options.onExpired?.(sum.erased);
    }
  }

  async #forget(client: Client): Promise<void> {
    const { dedupeDays, now } = this.#options;
    const today = dayOf(now());
    if (dedupeDays === undefined || this.#forgotDay === today) return;
    await forgetErased(client, today - dedupeDays, this.#known, () => this.#mayGoOn());
    this.#forgotDay = today;
  }

  /** By what is erased of itself: whether somebody waits for that to end. It is one of those that are counted. */
  #isAskedFor(): boolean {
    return this.#waiting > 1;
  }

  #eraser(client: Client, sum: Sum): Eraser {
    return {
      client,
      known: this.#known,
      day: dayOf(this.#options.now()),
      onStep: (step) => {
        this.#remains.leave(step.xid);
        sum.add(step);
      },
      mayGoOn: () => {
        if (this.#isCut) throw closed();
      },
      givesWay: () => false,
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

/** Whether no other process looks for what is too old. */
async function isAlone(client: Client): Promise<boolean> {
  const lock = await client.query<{ ours: boolean }>(`SELECT pg_try_advisory_lock(${EXPIRY_LOCK}) AS ours`);
  return lock.rows[0]?.ours === true;
}

function closed(): AppError {
  return new AppError("unavailable", "the store is closed");
}
