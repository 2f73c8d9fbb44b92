/**
 * Transactions that somebody waits for take a tenth of the time at the most: each read that asks at another moment would have one of its
 * own, and small ones write the same pages over and over, beside the messages that arrive.
 */
const REST_FACTOR = 9;
/** Who asks now and then waits for no rest: so much of it may be owed. */
const OWED_MS_MAX = 200;

export class AwaitedShare {
  readonly #now: () => number;
  /** When all that is owed will have been rested. */
  #restedMs = 0;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** In how many milliseconds the next may begin; 0 for now. */
  waitMs(): number {
    return Math.max(0, this.#restedMs - OWED_MS_MAX - this.#now());
  }

  /** Resolves as the transaction does. */
  async taken<T>(transaction: Promise<T>): Promise<T> {
    const beganMs = this.#now();
    const done = await transaction;
    const nowMs = this.#now();
    this.#restedMs = Math.max(this.#restedMs, nowMs) + (nowMs - beganMs) * REST_FACTOR;
    return done;
  }
}
