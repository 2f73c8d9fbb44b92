/** When what is old goes: messages by their own instant, ids of erased messages by the day on which they were erased. */
import type { Instant } from "../message.ts";
import { DAY_SECONDS } from "./periods.ts";

const DAY_MS = DAY_SECONDS * 1_000;

/** How often a store looks for what is to be erased by age: each time that something is, remembered totals are counted anew. */
export const RETENTION_CHECK_MS = 3_600_000;

/** Messages before it are older than so many days. */
export function expiryOf(nowMs: number, retentionDays: number): Instant {
  const ms = nowMs - retentionDays * DAY_MS;
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanos: Math.round((ms - seconds * 1_000) * 1e6) };
}

/** The day of UTC, counted from 1970-01-01. */
export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}
