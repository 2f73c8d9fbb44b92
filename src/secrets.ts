/** The signing secrets that are accepted, the current one first. They may be others from one message to the next. */
export class Secrets {
  #accepted: readonly string[];

  constructor(accepted: readonly string[]) {
    this.#accepted = accepted;
  }

  get accepted(): readonly string[] {
    return this.#accepted;
  }

  /** From now on these, and no others. Returns whether they are others than before. */
  accept(secrets: readonly string[]): boolean {
    const areOthers = secrets.join("\0") !== this.#accepted.join("\0");
    this.#accepted = secrets;
    return areOthers;
  }
}
