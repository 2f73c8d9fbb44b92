/**
 * unavailable  may work when it is tried again: the network, a 5xx
 * refused      will not: this page, or this token, may not have it
 * absent       there is no such thing
 * invalid      the service does not understand what was asked
 */
export type FailureKind = "unavailable" | "signed-out" | "refused" | "absent" | "invalid";

/** Between tries, longer each time, where the service does not say. */
const RETRY_MS_FIRST = 1_000;
const RETRY_MS_LONGEST = 15_000;
/** Whatever is asked for: somebody on the way may mean hours, or more than a timer can hold. */
const RETRY_AFTER_SECONDS_MAX = 60;

export class Failure extends Error {
  readonly kind: FailureKind;
  /** What the service asks for before another try; undefined where it did not say. */
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: FailureKind, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** In how many milliseconds it is to be tried again, after so many tries; undefined where that is of no use. */
  retryMs(tries: number): number | undefined {
    if (this.kind !== "unavailable") return undefined;
    const waitMs = Math.min(RETRY_MS_FIRST * 2 ** tries, RETRY_MS_LONGEST);
    return Math.max(waitMs, Math.min(this.retryAfterSeconds ?? 0, RETRY_AFTER_SECONDS_MAX) * 1_000);
  }
}
