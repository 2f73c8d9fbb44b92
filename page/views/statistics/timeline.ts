/** How many messages each hour or day of a span had, out of as many answers of GET /stats/timeline as it takes. */
import { parseInstant } from "../../../src/instant.ts";
import { TIMELINE_BUCKETS_MAX, type Timeline } from "../../../src/stats-schemas.ts";
import { Failure } from "../../failure.ts";
import { type Bucket, bucketsIn, floorTo, instantOf, SECONDS_OF, type Span } from "./span.ts";

export interface Counted {
  /** The first second of the bucket. */
  readonly start: number;
  readonly count: number;
}

export interface TimelineQuestion {
  readonly bucket: Bucket;
  /** As in the address; empty asks for all there is. */
  readonly since: string;
  readonly until: string;
}

/** One answer of the route; throws Failure, which is `invalid` where there are too many buckets for one. */
export type AskTimeline = (question: TimelineQuestion) => Promise<Timeline>;

/** Those that have messages, in the order of time. `span` is what the question is about. Throws Failure. */
export async function readTimeline(
  ask: AskTimeline,
  question: TimelineQuestion,
  span: Span,
): Promise<readonly Counted[]> {
  try {
    const { data } = await ask(question);
    return data.map(({ start, count }) => ({ start: parseInstant(start)?.seconds ?? 0, count }));
  } catch (error) {
    const areTooMany = bucketsIn(span, question.bucket) > TIMELINE_BUCKETS_MAX;
    if (!(error instanceof Failure && error.kind === "invalid" && areTooMany)) throw error;
  }
  const middle = floorTo((span.since + span.until) / 2, SECONDS_OF[question.bucket]);
  const [before, after] = [
    await readTimeline(ask, { ...question, until: instantOf(middle) }, { since: span.since, until: middle }),
    await readTimeline(ask, { ...question, since: instantOf(middle) }, { since: middle, until: span.until }),
  ];
  return [...before, ...after];
}
