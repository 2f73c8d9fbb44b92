/** Work of which a bounded number is in flight; the first failure ends it, and is told to whoever asks next. */
export class Flight {
  readonly #max: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when there is room for the next. Rejects with the first failure. */
  async start(work: () => Promise<void>): Promise<void> {
    this.#throwIfFailed();
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    while (this.#running.size >= this.#max) await Promise.race(this.#running);
    this.#throwIfFailed();
  }

  /** Resolves when all that was started has ended well. Rejects with the first failure, once all has ended. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
