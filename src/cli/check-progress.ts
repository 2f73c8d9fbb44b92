import type { CheckStep } from "../store/check.ts";
import { barOf, clearLine, rewriteLine } from "./progress-line.ts";

/** One statement may take minutes, and tells nothing meanwhile: the clock shows that it goes on. */
const TICK_MS = 1_000;

/** How far a check is: on a terminal a line that is rewritten, else a line for each step. */
export class CheckProgress {
  readonly #output: NodeJS.WriteStream;
  readonly #startedMs = performance.now();
  #ticking: NodeJS.Timeout | undefined;
  #step: CheckStep | undefined;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  show(step: CheckStep): void {
    const isNext = step.number !== this.#step?.number;
    this.#step = step;
    if (this.#output.isTTY) {
      this.#draw(step);
      this.#ticking ??= setInterval(() => this.#draw(this.#step ?? step), TICK_MS);
    } else if (isNext) {
      this.#output.write(`${step.number}/${step.of} ${step.name}\n`);
    }
  }

  /** Takes the line away, so that what is written next has one of its own. */
  clear(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    clearLine(this.#output);
  }

  #draw({ number, of, name, share }: CheckStep): void {
    const seconds = Math.round((performance.now() - this.#startedMs) / 1000);
    const percent = share > 0 ? `, ${Math.floor(share * 100)} %` : "";
    rewriteLine(
      this.#output,
      `${barOf((number - 1 + share) / of)} ${number}/${of} ${name}${percent}, ${seconds} s`,
    );
  }
}
