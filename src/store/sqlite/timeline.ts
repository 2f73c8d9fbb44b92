import type { Instant, TimelineBucket, TimelineRequest } from "../../message.ts";
import { DAY_SECONDS, HOUR_SECONDS, startOf } from "./counters.ts";
import type { Tallies } from "./tallies.ts";

const WIDTH = { hour: HOUR_SECONDS, day: DAY_SECONDS };

/** The whole buckets as they are kept; one that `since` or `until` cuts is counted. Those without messages are left out. */
export function timelineOf(
  { bucket, since, until, limit }: TimelineRequest,
  tallies: Tallies,
): TimelineBucket[] {
  const width = WIDTH[bucket];
  const first = since === undefined ? Number.MIN_SAFE_INTEGER : endOf(since, width);
  const end = until === undefined ? Number.MAX_SAFE_INTEGER : startOf(until.seconds, width);
  const counted = (start: number, from?: Instant, to?: Instant) => ({
    start,
    messages: tallies.between(from, to),
  });
  const buckets =
    since !== undefined && until !== undefined && first > end
      ? [counted(end, since, until)]
      : [
          ...(since === undefined ? [] : [counted(first - width, since, at(first))]),
          ...tallies.periods(width, first, end),
          ...(until === undefined ? [] : [counted(end, at(end), until)]),
        ];
  return buckets
    .filter(({ messages }) => messages > 0)
    .slice(0, limit)
    .map(({ start, messages }) => ({ seconds: start, count: messages }));
}

function at(seconds: number): Instant {
  return { seconds, nanos: 0 };
}

/** The first bucket's start that is at or after the instant. */
function endOf({ seconds, nanos }: Instant, width: number): number {
  const start = startOf(seconds, width);
  return start === seconds && nanos === 0 ? start : start + width;
}
