/** What was done to a file or folder and cannot be told from what is certain by looking: in the order in which it was done. */
export interface Pending<Change> {
  readonly change: Change;
  /**
   * open      the next sync that begins makes it certain
   * doubtful  a sync of it failed; the next one may leave it out, as Linux does, and succeed
   * certain   it is on the disk, behind something that may not be
   */
  readonly fate: "open" | "doubtful" | "certain";
}

export class PendingChanges<Change> {
  #changes: Pending<Change>[] = [];
  /** How many became certain, and were taken out, before the first of #changes. */
  #before = 0;
  /** By the number of a sync, how many changes had been made when it began; some never end, in a process that is killed. */
  readonly #begun = new Map<number, number>();

  add(change: Change): void {
    this.#changes.push({ change, fate: "open" });
  }

  all(): readonly Pending<Change>[] {
    return this.#changes;
  }

  syncBegun(number: number): void {
    this.#begun.set(number, this.#before + this.#changes.length);
  }

  syncFailed(): void {
    this.#changes = this.#changes.map(({ change, fate }) => ({
      change,
      fate: fate === "open" ? "doubtful" : fate,
    }));
  }

  /** Takes out what is certain now, and behind nothing that is not. */
  syncDone(number: number): readonly Change[] {
    const covered = (this.#begun.get(number) ?? 0) - this.#before;
    this.#begun.delete(number);
    if (covered <= 0) return [];
    for (const [place, { change, fate }] of this.#changes.slice(0, covered).entries()) {
      if (fate === "open") this.#changes[place] = { change, fate: "certain" };
    }
    const uncertain = this.#changes.findIndex(({ fate }) => fate !== "certain");
    const taken = this.#changes.splice(0, uncertain === -1 ? this.#changes.length : uncertain);
    this.#before += taken.length;
    return taken.map(({ change }) => change);
  }
}
