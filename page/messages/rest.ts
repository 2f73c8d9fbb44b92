/** Seldom enough for many open pages. */
const REST_MS_LEAST = 500;
/** Of how long the last took: a small share of what the service can do. */
const REST_FACTOR = 9;

/** Rests between reads for the sake of what arrives. */
export class Rest {
  #untilMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #over: () => void;

  /** `over` is called when a rest is over that somebody asked for. */
  constructor(over: () => void) {
    this.#over = over;
  }

  isOver(): boolean {
    const leftMs = this.#untilMs - performance.now();
    clearTimeout(this.#timer);
    if (leftMs > 0) this.#timer = setTimeout(this.#over, leftMs);
    return leftMs <= 0;
  }

  async after(reading: Promise<void>): Promise<void> {
    const beganMs = performance.now();
    await reading;
    const nowMs = performance.now();
    this.#untilMs = nowMs + Math.max(REST_MS_LEAST, (nowMs - beganMs) * REST_FACTOR);
  }

  /** The next read need not wait. */
  end(): void {
    this.#untilMs = 0;
    clearTimeout(this.#timer);
  }
}
