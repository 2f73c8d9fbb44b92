import { barOf, clearLine, rewriteLine } from "./progress-line.ts";

/** A terminal is written to at most so often: some are told of every megabyte. */
const DRAW_EVERY_MS = 100;

/** How far something is that is done in several steps: on a terminal a line that is rewritten, else a line for each step. */
export class ShareProgress {
  readonly #output: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #startedMs: number;
  #doing = "";
  #drawnMs = Number.NEGATIVE_INFINITY;

  /** `now` is in milliseconds. */
  constructor(output: NodeJS.WriteStream, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#startedMs = now();
  }

  /** `share` of this step is done, 0 to 1. */
  readonly show = (doing: string, share: number): void => {
    // Behind the comma stands which part of the step it is: too much for a log.
    const [isNext, isNextStep] = [doing !== this.#doing, stepOf(doing) !== stepOf(this.#doing)];
    this.#doing = doing;
    if (this.#output.isTTY) {
      if (isNext || this.#now() - this.#drawnMs >= DRAW_EVERY_MS) this.#draw(share);
    } else if (isNextStep) {
      this.#output.write(`${stepOf(doing)}\n`);
    }
  };

  /** Takes the line away, so that what is written next has one of its own. */
  clear(): void {
    clearLine(this.#output);
  }

  #draw(share: number): void {
    this.#drawnMs = this.#now();
    const seconds = Math.round((this.#drawnMs - this.#startedMs) / 1000);
    rewriteLine(this.#output, `${barOf(share)} ${this.#doing}, ${Math.floor(share * 100)} %, ${seconds} s`);
  }
}

function stepOf(doing: string): string {
  return doing.split(",", 1)[0] ?? "";
}
