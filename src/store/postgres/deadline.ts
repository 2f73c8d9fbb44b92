/** Statements of a read share its time: the server's statement timeout begins anew with each of them. */

/** A read may end this part of its time late. So one that is in time sets nothing anew, which would be one more round trip. */
const LATE_PART = 0.1;

/** The time of a read is over between two of its statements. */
export class PastDeadline extends Error {}

export class Deadline {
  readonly #endMs: number;
  readonly #lateMs: number;
  /** What the server was told last, and would allow the next statement. */
  #allowedMs: number;

  /** Begins now; `ms` is what the session's statements are allowed. */
  constructor(ms: number) {
    this.#endMs = performance.now() + ms;
    this.#lateMs = ms * LATE_PART;
    this.#allowedMs = ms;
  }

  /** The statement timeout that has to be set before the next statement, or null. Throws PastDeadline. */
  due(): number | null {
    const leftMs = Math.ceil(this.#endMs - performance.now());
    if (leftMs <= 0) throw new PastDeadline("the time of the read is over");
    if (this.#allowedMs - leftMs <= this.#lateMs) return null;
    this.#allowedMs = leftMs;
    return leftMs;
  }
}
