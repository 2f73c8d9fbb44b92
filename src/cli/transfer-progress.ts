import { counted } from "../counted.ts";
import { barOf, clearLine, rewriteLine } from "./progress-line.ts";

/** A terminal is written to at most so often: a batch takes some 10 ms. */
const DRAW_EVERY_MS = 100;
/** Elsewhere, such as in a log, a line each so often. */
const TELL_EVERY_MS = 10_000;

/** How many messages went from a file or to it, how fast, and how long it may take. */
export class TransferProgress {
  readonly #output: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #doing: string;
  readonly #startedMs: number;
  #toldMs: number;

  /** `now` is in milliseconds. */
  constructor(output: NodeJS.WriteStream, doing: string, now: () => number) {
    [this.#output, this.#doing, this.#now] = [output, doing, now];
    this.#startedMs = this.#toldMs = now();
  }

  /** `share` of the whole is done, 0 to 1; null where nobody knows how much there is. */
  show(messages: number, share: number | null): void {
    const nowMs = this.#now();
    const everyMs = this.#output.isTTY ? DRAW_EVERY_MS : TELL_EVERY_MS;
    if (nowMs - this.#toldMs < everyMs) return;
    this.#toldMs = nowMs;
    const seconds = (nowMs - this.#startedMs) / 1000;
    const line = `${this.#doing}, ${counted(messages, "message")}, ${Math.round(messages / seconds)}/s${leftOf(share, seconds)}`;
    if (this.#output.isTTY) rewriteLine(this.#output, share === null ? line : `${barOf(share)} ${line}`);
    else this.#output.write(`${line}\n`);
  }

  /** Takes the line away, so that what is written next has one of its own. */
  clear(): void {
    clearLine(this.#output);
  }
}

function leftOf(share: number | null, seconds: number): string {
  if (share === null || share <= 0) return "";
  const left = Math.ceil((seconds / share) * (1 - Math.min(1, share)));
  return `, ${Math.floor(Math.min(1, share) * 100)} %, ${left} s left`;
}
