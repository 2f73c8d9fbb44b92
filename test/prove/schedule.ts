/**
 * Moments at even distances until a time is over, whether or not what was done at the earlier ones has ended: a service
 * that slows down gets no fewer requests for it.
 */
export class Schedule {
  /** The most that a moment was taken too late, in milliseconds. */
  lateMs = 0;
  readonly #started = performance.now();
  readonly #apartMs: number;
  readonly #endMs: number;
  #taken = 0;

  constructor(perSecond: number, seconds: number) {
    this.#apartMs = 1000 / perSecond;
    this.#endMs = this.#started + seconds * 1000;
  }

  /** Resolves at the next moment with true, or with false when the time is over. */
  async next(): Promise<boolean> {
    const due = this.#started + this.#taken * this.#apartMs;
    this.#taken += 1;
    if (due >= this.#endMs) return false;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    else this.lateMs = Math.max(this.lateMs, -early);
    return performance.now() < this.#endMs;
  }

  /** Does it at each moment while `goesOn`. */
  async each(work: () => Promise<void> | void, goesOn: () => boolean): Promise<void> {
    while (goesOn() && (await this.next())) await work();
  }
}
