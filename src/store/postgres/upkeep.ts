import type { Client } from "pg";
import { COUNT_AFTER_MS, COUNT_MESSAGES_MAX, countUncounted } from "./counters.ts";

/**
 * When nothing was stored here: what others left uncounted is counted also when they are gone, and whoever looks for services
 * (move.ts) finds the connection of this one, also after the server was away.
 */
const IDLE_MS = 5_000;
/** When it failed, such as with the database away. */
const RETRY_AFTER_MS = 2_000;
/** What every read looks through holds the rows that were removed until it is vacuumed: some 2 ms by then. */
const VACUUM_AFTER_MESSAGES = 20_000;
/** A search looks through the entries that wait to be put in their place in its index, some 2 KB a message. */
const TIDY_AFTER_MESSAGES = 5_000;

const TIDY = "SELECT gin_clean_pending_list('messages_by_letters')";
const VACUUM = "VACUUM (SKIP_LOCKED) uncounted";

/** What is done behind the appends, by any process: counting, and keeping short what reads have to look through. */
export class Upkeep {
  readonly #use: (work: (client: Client) => Promise<void>) => Promise<void>;
  readonly #onFailure: (error: unknown, again: boolean) => void;
  readonly #known: number;
  #timer: NodeJS.Timeout | undefined;
  /** Undefined while nothing runs. */
  #running: Promise<void> | undefined;
  /** What runs may be past what was stored meanwhile. */
  #isDue = false;
  #stopped = false;
  #failed = false;
  #toVacuum = 0;
  #toTidy = 0;

  /** `onFailure`: as that of StoreOptions; `known` is the schema that this program knows. */
  constructor(
    use: (work: (client: Client) => Promise<void>) => Promise<void>,
    onFailure: (error: unknown, again: boolean) => void,
    known: number,
  ) {
    this.#known = known;
    this.#use = use;
    this.#onFailure = onFailure;
  }

  /** Something was stored. */
  due(messages: number): void {
    this.#toTidy += messages;
    if (this.#isDue) return;
    this.#isDue = true;
    if (this.#running === undefined && !this.#failed) this.#runIn(COUNT_AFTER_MS);
  }

  /** Counts what is left, and does no more. Never rejects: what is not counted now is counted by whoever comes next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    await this.#use(async (client) => void (await countUncounted(client, this.#known))).catch(
      () => undefined,
    );
  }

  #runIn(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, ms).unref();
  }

  async #run(): Promise<void> {
    this.#isDue = false;
    let isLeft = false;
    try {
      await this.#use(async (client) => {
        isLeft = await this.#count(client);
        await this.#tidy(client);
      });
      this.#failed = false;
    } catch (error) {
      this.#onFailure(error, this.#failed);
      this.#failed = true;
    }
    this.#running = undefined;
    if (this.#failed) this.#runIn(RETRY_AFTER_MS);
    else this.#runIn(isLeft || this.#isDue ? COUNT_AFTER_MS : IDLE_MS);
  }

  /** Whether some may be left: those that came while another process was counting. */
  async #count(client: Client): Promise<boolean> {
    for (;;) {
      const counted = await countUncounted(client, this.#known);
      if (counted === null) return true;
      this.#toVacuum += counted;
      if (counted < COUNT_MESSAGES_MAX) return false;
    }
  }

  async #tidy(client: Client): Promise<void> {
    if (this.#toVacuum >= VACUUM_AFTER_MESSAGES) {
      await client.query(VACUUM);
      this.#toVacuum = 0;
    }
    if (this.#toTidy >= TIDY_AFTER_MESSAGES) {
      await client.query(TIDY);
      this.#toTidy = 0;
    }
  }
}
