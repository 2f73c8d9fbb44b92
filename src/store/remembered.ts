/** What took long to find, by the name of the question; those asked last. Messages never change, so only new ones are to be added. */
export class Remembered<T> {
  readonly #known = new Map<string, T>();
  readonly #max: number;
  readonly #weightOf: (known: T) => number;
  #weight = 0;

  /** Holds what weighs `max` together: so many, unless something else is weighed. */
  constructor(max: number, weightOf: (known: T) => number = () => 1) {
    this.#max = max;
    this.#weightOf = weightOf;
  }

  get(key: string): T | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) this.set(key, known);
    return known;
  }

  /** What weighs more than all that may be held is not held. */
  set(key: string, known: T): void {
    this.#delete(key);
    const weight = this.#weightOf(known);
    if (weight > this.#max) return;
    for (const oldest of this.#known.keys()) {
      if (this.#weight + weight <= this.#max) break;
      this.#delete(oldest);
    }
    this.#known.set(key, known);
    this.#weight += weight;
  }

  #delete(key: string): void {
    const known = this.#known.get(key);
    if (known !== undefined) this.#weight -= this.#weightOf(known);
    this.#known.delete(key);
  }
}
