/** What `lyftr doctor` finds (src/doctor/), and what each engine finds of its own. */

/**
 * ok    as it should be
 * warn  works, and somebody should look at it
 * fail  does not work, or what the service promises does not hold
 */
export type Verdict = "ok" | "warn" | "fail";

/** Never holds a secret, a token or a password. */
export interface Finding {
  readonly subject: string;
  readonly verdict: Verdict;
  readonly says: string;
  /** What to do; of every finding that is not ok. */
  readonly advice?: string;
}

export function ok(subject: string, says: string): Finding {
  return { subject, verdict: "ok", says };
}

export function warn(subject: string, says: string, advice: string): Finding {
  return { subject, verdict: "warn", says, advice };
}

export function fail(subject: string, says: string, advice: string): Finding {
  return { subject, verdict: "fail", says, advice };
}
