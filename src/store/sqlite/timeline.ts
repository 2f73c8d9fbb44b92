import type { TimelineBucket, TimelineRequest } from "../../message.ts";
import { type BucketCount, type CutBucket, firstBuckets, timelineOn } from "../timeline.ts";
import type { Tallies } from "./tallies.ts";

/** The whole buckets as they are kept; one that `since` or `until` cuts is counted. */
export function timelineOf(request: TimelineRequest, tallies: Tallies): TimelineBucket[] {
  const { width, before, first, end, after } = timelineOn(request);
  const counted = ({ start, since, until }: CutBucket): BucketCount => ({
    start,
    messages: tallies.between(since, until),
  });
  const counts = [...before.map(counted), ...tallies.periods(width, first, end), ...after.map(counted)];
  return firstBuckets(counts, request.limit);
}
