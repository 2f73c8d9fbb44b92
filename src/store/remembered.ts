/** What took long to find, by the name of the question; those asked last. Messages never change, so only new ones are to be added. */
export class Remembered<T> {
  readonly #known = new Map<string, T>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): T | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) this.set(key, known);
    return known;
  }

  set(key: string, known: T): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size <= this.#max) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      break;
    }
  }
}
