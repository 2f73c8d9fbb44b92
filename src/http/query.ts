/** What the query strings of the routes ask for. */
import { type Failure, invalidFields } from "../errors.ts";
import type { MessageFilter, PageRequest, Position, TimelineRequest } from "../message.ts";
import { type RejectionsQuery, rejectionsQuery } from "../rejection-schemas.ts";
import { type MessagesQuery, messagesQuery } from "../schemas.ts";
import { TIMELINE_BUCKETS_MAX, type TimelineQuery, timelineQuery } from "../stats-schemas.ts";
import { createValidator } from "../validate.ts";
import { decodeCursor } from "./cursor.ts";
import { filterOf, type Parameters, readParameters } from "./parameters.ts";

const validateMessagesQuery = createValidator<MessagesQuery>(messagesQuery, "query");
const validateRejectionsQuery = createValidator<RejectionsQuery>(rejectionsQuery, "query");
const validateTimelineQuery = createValidator<TimelineQuery>(timelineQuery, "query");

export interface MessagesRequest {
  readonly filter: MessageFilter;
  readonly page: PageRequest;
}

/** What follows the first `?` of a request's target; empty without one. */
export function queryStringOf({ url }: { readonly url: string }): string {
  return url.split("?").slice(1).join("?");
}

/**
 * What a query string (without its `?`) asks of GET /messages.
 * Throws AppError `invalid` that names each wrong parameter.
 */
export function parseMessagesQuery(queryString: string): MessagesRequest {
  const failures: Failure[] = [];
  const parameters = readParameters(queryString, messagesQuery.properties, failures);
  const after = readCursor(parameters, failures);
  const query = validateMessagesQuery(parameters, failures);
  if (query === null || failures.length > 0) throw invalidFields(failures);
  const { limit, offset, order } = query;
  return { filter: filterOf(query), page: { limit, offset, order, ...(after && { after }) } };
}

/** Likewise for GET /stats/timeline. */
export function parseTimelineQuery(queryString: string): TimelineRequest {
  const failures: Failure[] = [];
  const parameters = readParameters(queryString, timelineQuery.properties, failures);
  const query = validateTimelineQuery(parameters, failures);
  if (query === null || failures.length > 0) throw invalidFields(failures);
  // One more than an answer holds tells whether it would hold them all.
  return { ...filterOf(query), bucket: query.bucket, limit: TIMELINE_BUCKETS_MAX + 1 };
}

/** Likewise for GET /rejections. */
export function parseRejectionsQuery(queryString: string): RejectionsQuery {
  const failures: Failure[] = [];
  const parameters = readParameters(queryString, rejectionsQuery.properties, failures);
  const query = validateRejectionsQuery(parameters, failures);
  if (query === null || failures.length > 0) throw invalidFields(failures);
  return query;
}

/** The same query string with another cursor: what the `Link` header names. */
export function withCursor(queryString: string, cursor: string): string {
  const kept = queryString.split("&").filter((pair) => {
    const name = decodeURIComponent(pair.split("=", 1)[0] ?? "");
    return name !== "" && name !== "cursor" && name !== "offset";
  });
  return [...kept, `cursor=${cursor}`].join("&");
}

/** The position of the `cursor`; undefined without one. What is wrong goes to `failures`. */
function readCursor({ cursor, offset }: Readonly<Parameters>, failures: Failure[]): Position | undefined {
  if (cursor === undefined) return undefined;
  if (offset !== undefined) failures.push({ name: "cursor", problem: "cannot be combined with offset" });
  const position = decodeCursor(String(cursor));
  if (position === null) failures.push({ name: "cursor", problem: "must be a cursor from a Link header" });
  return position ?? undefined;
}
