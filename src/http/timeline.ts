import type { FastifyInstance } from "fastify";
import { invalidFields } from "../errors.ts";
import { formatInstant } from "../instant.ts";
import type { TimelineRequest } from "../message.ts";
import { problem } from "../schemas.ts";
import { timeline, TIMELINE_BUCKETS_MAX, timelineQuery } from "../stats-schemas.ts";
import type { Store } from "../store/store.ts";
import { maxAgeMsOf, recentHeaders } from "./max-age.ts";
import { parseTimelineQuery, queryStringOf } from "./query.ts";

const schema = {
  tags: ["messages"],
  summary: "How many messages each hour or day had",
  description:
    "Hours and days are those of UTC. `since` is inclusive, `until` is not, and both are exact: of a bucket at the edge " +
    "only what is inside counts, so that the counts add up to the `total` of GET /messages with the same filter.",
  querystring: timelineQuery,
  headers: recentHeaders,
  response: { 200: timeline, 422: problem, 503: problem },
};

/** GET /stats/timeline. */
export function timelineRoute(app: FastifyInstance, store: Store): void {
  app.get("/stats/timeline", { schema }, async (request) => {
    const asked = parseTimelineQuery(queryStringOf(request));
    request.trace?.step("store.timeline");
    const buckets = await store.timeline(asked, maxAgeMsOf(request));
    if (buckets.length > TIMELINE_BUCKETS_MAX) throw tooMany(asked);
    const data = buckets.map(({ seconds, count }) => ({
      start: formatInstant({ seconds: seconds, nanos: 0 }),
      count,
    }));
    return { bucket: asked.bucket, data };
  });
}

function tooMany({ bucket }: TimelineRequest): Error {
  const fewer =
    bucket === "hour" ? "narrow since and until, or ask for bucket=day" : "narrow since and until";
  const problem = `there are more than ${TIMELINE_BUCKETS_MAX} ${bucket}s with messages: ${fewer}`;
  return invalidFields([{ name: "bucket", problem }]);
}
