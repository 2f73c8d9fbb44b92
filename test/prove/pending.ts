/** What was done to a file or folder and is not yet certain. */
export class PendingChanges<Change> {
  #changes: Change[] = [];
  /** How many were made certain before the first of #changes. */
  #before = 0;
  /** For each sync that runs, how many changes had been made when it began. */
  readonly #running: number[] = [];

  add(change: Change): void {
    this.#changes.push(change);
  }

  all(): readonly Change[] {
    return this.#changes;
  }

  syncBegun(): void {
    this.#running.push(this.#before + this.#changes.length);
  }

  /** Takes out what is certain now. Of several syncs that run at once, it counts as the one that began first. */
  syncDone(): readonly Change[] {
    const covered = (this.#running.shift() ?? 0) - this.#before;
    if (covered <= 0) return [];
    this.#before += covered;
    return this.#changes.splice(0, covered);
  }
}
