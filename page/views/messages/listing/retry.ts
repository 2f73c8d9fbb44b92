import type { Failure } from "../../../failure.ts";

/** The wait between a failure and the next try, which is longer after each. */
export class Retry {
  #isWaiting = false;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #again: () => void;

  /** `again` is called when a wait is over; after what is not tried again by itself, never. */
  constructor(again: () => void) {
    this.#again = again;
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  failed(failure: Failure): void {
    this.#isWaiting = true;
    const waitMs = failure.retryMs(this.#tries);
    this.#tries += 1;
    if (waitMs === undefined) return;
    this.#timer = setTimeout(() => {
      this.end();
      this.#again();
    }, waitMs);
  }

  worked(): void {
    this.#tries = 0;
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#isWaiting = false;
  }
}
