/** Filters whose totals are kept in memory; some 300 bytes each. */
const TOTALS_KEPT_MAX = 1_000;

/** How many messages matched, of those up to an id. */
export interface Counted {
  readonly upTo: number;
  readonly total: number;
}

/** Totals that took long to count, those asked for last. Messages never change, so only new ones have to be added. */
export class Remembered {
  readonly #totals = new Map<string, Counted>();

  get(key: string): Counted | undefined {
    const counted = this.#totals.get(key);
    if (counted !== undefined) this.set(key, counted);
    return counted;
  }

  set(key: string, counted: Counted): void {
    this.#totals.delete(key);
    this.#totals.set(key, counted);
    if (this.#totals.size <= TOTALS_KEPT_MAX) return;
    for (const oldest of this.#totals.keys()) {
      this.#totals.delete(oldest);
      break;
    }
  }
}
