/** One line on stderr that tells how far the proofs are: rewritten in place on a terminal, else one now and then. */

const TERMINAL_EVERY_MS = 100;
const OTHERWISE_EVERY_MS = 10_000;

export class Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #everyMs: number;
  #shownMs = -Infinity;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    this.#everyMs = output.isTTY ? TERMINAL_EVERY_MS : OTHERWISE_EVERY_MS;
  }

  /** Shows it unless something was shown a moment ago. `startedMs` is by performance.now(). */
  show(name: string, done: number, rounds: number, doing: string, startedMs: number): void {
    const now = performance.now();
    if (now - this.#shownMs < this.#everyMs) return;
    this.#shownMs = now;
    const left =
      done > 0 ? `${Math.round((((now - startedMs) / done) * (rounds - done)) / 1000)} s left` : "";
    const line = [`${name} ${done}/${rounds}`, left, doing].filter((part) => part !== "").join(", ");
    // A terminal that does not know its width says 0.
    const width = this.#output.columns || Infinity;
    this.#output.write(this.#output.isTTY ? `\r\u001B[K${line.slice(0, width - 1)}` : `${line}\n`);
  }

  /** Takes the line away, so that what is written next has one of its own. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write("\r\u001B[K");
    this.#shownMs = -Infinity;
  }
}
