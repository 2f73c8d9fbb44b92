/** What was done to a file or folder and is not yet certain. */
export class PendingChanges<Change> {
  #changes: Change[] = [];
  /** How many were made certain before the first of #changes. */
  #before = 0;
  /** By the number of a sync, how many changes had been made when it began; some never end, in a process that is killed. */
  readonly #begun = new Map<number, number>();

  add(change: Change): void {
    this.#changes.push(change);
  }

  all(): readonly Change[] {
    return this.#changes;
  }

  syncBegun(number: number): void {
    this.#begun.set(number, this.#before + this.#changes.length);
  }

  /** Takes out what is certain now. */
  syncDone(number: number): readonly Change[] {
    const covered = (this.#begun.get(number) ?? 0) - this.#before;
    this.#begun.delete(number);
    if (covered <= 0) return [];
    this.#before += covered;
    return this.#changes.splice(0, covered);
  }
}
