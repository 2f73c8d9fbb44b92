import { counted } from "../counted.ts";
import type { Phase } from "../move/progress.ts";
import { barOf, clearLine, rewriteLine } from "./progress-line.ts";

/** A terminal is written to at most so often: a batch takes some 10 ms. */
const DRAW_EVERY_MS = 100;
/** Elsewhere, such as in a log, a line each so often, and one as each pass begins. */
const TELL_EVERY_MS = 10_000;

const WORDS: Readonly<Record<Phase, string>> = { copy: "copying", compare: "comparing" };

/** How far a move is, how fast it goes, and how long it may take. */
export class MigrateProgress {
  readonly #output: NodeJS.WriteStream;
  readonly #now: () => number;
  #phase: Phase = "copy";
  #of = 0;
  #startedMs = 0;
  #toldMs = 0;

  /** `now` is in milliseconds. */
  constructor(output: NodeJS.WriteStream, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  begin(phase: Phase, of: number): void {
    [this.#phase, this.#of, this.#startedMs] = [phase, of, this.#now()];
    // A pass that only makes sure that nothing is left is not worth a line.
    if (of > 0) this.#tell(0);
  }

  show(messages: number): void {
    const everyMs = this.#output.isTTY ? DRAW_EVERY_MS : TELL_EVERY_MS;
    if (this.#now() - this.#toldMs >= everyMs) this.#tell(messages);
  }

  /** Takes the line away, so that what is written next has one of its own. */
  clear(): void {
    clearLine(this.#output);
  }

  #tell(messages: number): void {
    const nowMs = this.#now();
    this.#toldMs = nowMs;
    // More may arrive meanwhile than there was.
    const share = this.#of === 0 ? 0 : Math.min(1, messages / this.#of);
    const line = `${WORDS[this.#phase]}, ${messages} of ${counted(this.#of, "message")}${this.#speed(messages, share, nowMs)}`;
    if (this.#output.isTTY) rewriteLine(this.#output, `${barOf(share)} ${line}`);
    else this.#output.write(`${line}\n`);
  }

  #speed(messages: number, share: number, nowMs: number): string {
    const takenMs = nowMs - this.#startedMs;
    if (messages === 0 || takenMs <= 0) return "";
    const bySecond = (messages * 1000) / takenMs;
    const left = Math.ceil(Math.max(0, this.#of - messages) / bySecond);
    return `, ${Math.floor(share * 100)} %, ${Math.round(bySecond)}/s, ${left} s left`;
  }
}
