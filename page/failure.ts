/**
 * unavailable  may work when it is tried again: the network, a 5xx
 * refused      will not: this page, or this token, may not have it
 * absent       there is no such thing
 * invalid      the service does not understand what was asked
 */
export type FailureKind = "unavailable" | "signed-out" | "refused" | "absent" | "invalid";

export class Failure extends Error {
  readonly kind: FailureKind;
  /** What the service asks for before another try; undefined where it did not say. */
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: FailureKind, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
