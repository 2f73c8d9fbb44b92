/** How often a round while all is handed over: what a person takes for at once, and little for a store to answer. */
const ROUND_EVERY_MS = 200;
/**
 * A round rests so many times as long as it kept the process from its messages: a fiftieth of the time is the streams', at the most, and
 * about as much again the system's for what they write. With a twentieth, 50 pages took a fourth of the ingest on PostgreSQL.
 */
const REST_FACTOR = 49;
/** And so many times as long as the store was at it, which is asked for messages, too. */
const STORE_REST_FACTOR = 9;
/** But no longer than that: one read that had to wait says little about the next. */
const REST_MS_MAX = 2_000;
/** Nobody's request waits longer for a round to give way. */
const TURN_MS_MAX = 5;
/** After a failure, how long until the next try. */
const RETRY_MS = 1_000;

/** How much of the process's one thread the rounds take, and of the store's time. */
export class Pace {
  readonly #now: () => number;
  #busyMs = 0;
  #storeMs = 0;
  #sinceMs = 0;
  #leastMs = ROUND_EVERY_MS;
  /** Between two rounds. */
  restMs = ROUND_EVERY_MS;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(): void {
    this.#busyMs = 0;
    this.#storeMs = 0;
    this.#leastMs = ROUND_EVERY_MS;
    this.#sinceMs = this.#now();
  }

  /** The next round need not wait for something new. */
  moreIsLeft(): void {
    this.#leastMs = 0;
  }

  failed(): void {
    this.#leastMs = RETRY_MS;
  }

  end(): void {
    this.#stop();
    const restMs = Math.max(this.#busyMs * REST_FACTOR, this.#storeMs * STORE_REST_FACTOR);
    this.restMs = Math.max(this.#leastMs, Math.min(restMs, REST_MS_MAX));
  }

  async waitingForStore<T>(answer: Promise<T>): Promise<T> {
    const beganMs = this.#now();
    try {
      return await this.#waiting(answer);
    } finally {
      this.#storeMs += this.#now() - beganMs;
    }
  }

  /** Lets others have their turn when this one takes long. */
  async giveWay(): Promise<void> {
    if (this.#now() - this.#sinceMs < TURN_MS_MAX) return;
    await this.#waiting(
      new Promise<void>((resolve) => {
        setImmediate(resolve);
      }),
    );
  }

  async #waiting<T>(answer: Promise<T>): Promise<T> {
    this.#stop();
    try {
      return await answer;
    } finally {
      this.#sinceMs = this.#now();
    }
  }

  #stop(): void {
    this.#busyMs += this.#now() - this.#sinceMs;
    this.#sinceMs = this.#now();
  }
}
