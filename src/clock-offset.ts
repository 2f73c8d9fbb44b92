import { fail, type Finding, ok, warn } from "./finding.ts";

/** Beyond this somebody should look; within it, requests on their way may be all of it. */
const OFFSET_WARNED_MS = 5_000;
/** What Standard Webhooks tolerates: of a clock that is off by more, every such request is refused. */
const OFFSET_FAILED_MS = 300_000;

/** `offsetMs`: how far another clock is ahead of the one here. */
export function clockFinding(subject: string, offsetMs: number): Finding {
  const seconds = Math.abs(offsetMs / 1000).toFixed(1);
  const says = `it is ${seconds} s ${offsetMs < 0 ? "behind" : "ahead of"} the one here`;
  const advice = "have a time service keep both clocks";
  if (Math.abs(offsetMs) > OFFSET_FAILED_MS) return fail(subject, says, advice);
  return Math.abs(offsetMs) > OFFSET_WARNED_MS ? warn(subject, says, advice) : ok(subject, says);
}
