import { useRef } from "preact/hooks";
import { areOfOneProcess, type Metered, type Rates, ratesBetween } from "./rates.ts";

/** Of looks: five minutes of them. */
const KEPT_MAX = 100;
/** Few enough requests come to most inboxes that two looks alone would often find none. */
const WINDOW_MS = 60_000;

export interface History {
  /** Over the last minute, or for as long as the page has looked; undefined before the second look. */
  readonly rates: Rates | undefined;
  /** Between each look and the next, the oldest first. */
  readonly steps: readonly Rates[];
}

/** What the looks so far tell together. It begins anew when another process answers: its counters are others. */
export function useHistory(latest: Metered | undefined): History {
  const kept = useRef<Metered[]>([]);
  const steps = useRef<Rates[]>([]);
  const last = kept.current.at(-1);
  if (latest !== undefined && latest !== last) {
    if (last !== undefined && !areOfOneProcess(last, latest)) {
      kept.current = [];
      steps.current = [];
    } else if (last !== undefined) {
      steps.current = [...steps.current, ratesBetween(last, latest)].slice(-KEPT_MAX);
    }
    kept.current = [...kept.current, latest].slice(-KEPT_MAX);
  }
  const now = kept.current.at(-1);
  const first = kept.current.find(({ atMs }) => atMs >= (now?.atMs ?? 0) - WINDOW_MS);
  const rates =
    now === undefined || first === undefined || first === now ? undefined : ratesBetween(first, now);
  return { rates, steps: steps.current };
}
