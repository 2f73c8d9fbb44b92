import type { TimelineBucket, TimelineRequest } from "../../message.ts";
import { type BucketCount, type CutBucket, firstBuckets, timelineOn } from "../timeline.ts";
import type { Tallies } from "./tallies.ts";

/** The whole buckets as they are kept; one that `since` or `until` cuts is counted. */
export async function timelineOf(request: TimelineRequest, tallies: Tallies): Promise<TimelineBucket[]> {
  const { width, before, first, end, after } = timelineOn(request);
  const counts: BucketCount[] = [];
  const count = async ({ start, since, until }: CutBucket): Promise<void> => {
    counts.push({ start, messages: await tallies.between(since, until) });
  };
  for (const cut of before) await count(cut);
  counts.push(...(await tallies.periods(width, first, end)));
  for (const cut of after) await count(cut);
  return firstBuckets(counts, request.limit);
}
