import type { Instant, TimelineBucket, TimelineRequest } from "../message.ts";
import { DAY_SECONDS, HOUR_SECONDS, startOf } from "./periods.ts";

const WIDTH = { hour: HOUR_SECONDS, day: DAY_SECONDS };

/** A bucket of which only a part is asked for. */
export interface CutBucket {
  readonly start: number;
  readonly since: Instant | undefined;
  readonly until: Instant | undefined;
}

/** How a timeline lies on the buckets: those that `since` or `until` cuts are counted, the whole ones are kept. */
export interface Timeline {
  readonly width: number;
  readonly before: readonly CutBucket[];
  /** Starts of whole buckets: at or after, and before. */
  readonly first: number;
  readonly end: number;
  readonly after: readonly CutBucket[];
}

export interface BucketCount {
  readonly start: number;
  readonly messages: number;
}

export function timelineOn({ bucket, since, until }: TimelineRequest): Timeline {
  const width = WIDTH[bucket];
  const first = since === undefined ? Number.MIN_SAFE_INTEGER : endOf(since, width);
  const end = until === undefined ? Number.MAX_SAFE_INTEGER : startOf(until.seconds, width);
  if (since !== undefined && until !== undefined && first > end) {
    return { width, before: [{ start: end, since, until }], first, end, after: [] };
  }
  return {
    width,
    before: since === undefined ? [] : [{ start: first - width, since, until: at(first) }],
    first,
    end,
    after: until === undefined ? [] : [{ start: end, since: at(end), until }],
  };
}

/** Those with messages, as many as are asked for. */
export function firstBuckets(counts: readonly BucketCount[], limit: number): TimelineBucket[] {
  return counts
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
