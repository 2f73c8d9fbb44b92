/** Soon enough to be seen as it happens, and seldom enough for many open pages. */
const REST_MS_LEAST = 500;
/** Where more is wanted behind every rest, or one answer took long: nobody reads as fast as that. */
const REST_MS_MOST = 10_000;
/** Of how long the last took: a small share of what the service can do. */
const REST_FACTOR = 9;

/** Rests between reads for the sake of what arrives; longer each time that one was waited for. */
export class Rest {
  #leastMs = REST_MS_LEAST;
  #untilMs = 0;
  #isWaitedFor = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #over: () => void;

  /** `over` is called when a rest is over that somebody asked for. */
  constructor(over: () => void) {
    this.#over = over;
  }

  isOver(): boolean {
    const leftMs = this.#untilMs - performance.now();
    clearTimeout(this.#timer);
    if (leftMs > 0) {
      this.#isWaitedFor = true;
      this.#timer = setTimeout(this.#over, leftMs);
    }
    return leftMs <= 0;
  }

  async after(reading: Promise<void>): Promise<void> {
    const beganMs = performance.now();
    await reading;
    const nowMs = performance.now();
    this.#leastMs = this.#isWaitedFor ? Math.min(this.#leastMs * 2, REST_MS_MOST) : REST_MS_LEAST;
    this.#isWaitedFor = false;
    this.#untilMs = nowMs + Math.max(this.#leastMs, Math.min((nowMs - beganMs) * REST_FACTOR, REST_MS_MOST));
  }

  /** The next read need not wait. */
  end(): void {
    this.#untilMs = 0;
    this.#isWaitedFor = false;
    clearTimeout(this.#timer);
  }
}
