/** What the query strings of the routes ask for. */
import { type ErasureQuery, erasureQuery } from "../erasure-schemas.ts";
import { type Failure, invalidFields } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import type { ErasureFilter, MessageFilter, PageRequest, TimelineRequest } from "../message.ts";
import { type ConflictsQuery, conflictsQuery } from "../conflict-schemas.ts";
import { type RejectionsQuery, rejectionsQuery } from "../rejection-schemas.ts";
import { type MessagesQuery, messagesQuery, type StreamQuery, streamQuery } from "../schemas.ts";
import { TIMELINE_BUCKETS_MAX, type TimelineQuery, timelineQuery } from "../stats-schemas.ts";
import type { ConflictsRequest } from "../store/conflict.ts";
import { createValidator } from "../validate.ts";
import { decodeConflictCursor, decodeCursor } from "./cursor.ts";
import { filterOf, type Parameters, readParameters } from "./parameters.ts";

const validateMessagesQuery = createValidator<MessagesQuery>(messagesQuery, "query");
const validateConflictsQuery = createValidator<ConflictsQuery>(conflictsQuery, "query");
const validateErasureQuery = createValidator<ErasureQuery>(erasureQuery, "query");
const validateRejectionsQuery = createValidator<RejectionsQuery>(rejectionsQuery, "query");
const validateStreamQuery = createValidator<StreamQuery>(streamQuery, "query");
const validateTimelineQuery = createValidator<TimelineQuery>(timelineQuery, "query");

const MS_OF_SECOND = 1_000;
const NANOS_OF_MS = 1_000_000;

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
  if (parameters["cursor"] !== undefined && parameters["offset"] !== undefined) {
    failures.push({ name: "cursor", problem: "cannot be combined with offset" });
  }
  const after = readCursor(parameters, decodeCursor, failures);
  const query = validateMessagesQuery(parameters, failures);
  if (query === null || failures.length > 0) throw invalidFields(failures);
  const { limit, offset, order } = query;
  return { filter: filterOf(query), page: { limit, offset, order, ...(after && { after }) } };
}

/** Likewise for GET /messages/stream. */
export function parseStreamQuery(queryString: string): MessageFilter {
  const failures: Failure[] = [];
  const parameters = readParameters(queryString, streamQuery.properties, failures);
  const query = validateStreamQuery(parameters, failures);
  if (query === null || failures.length > 0) throw invalidFields(failures);
  return filterOf(query);
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

/** Likewise for GET /conflicts. */
export function parseConflictsQuery(queryString: string): ConflictsRequest {
  const failures: Failure[] = [];
  const parameters = readParameters(queryString, conflictsQuery.properties, failures);
  const after = readCursor(parameters, decodeConflictCursor, failures);
  const query = validateConflictsQuery(parameters, failures);
  if (query === null || failures.length > 0) throw invalidFields(failures);
  const { limit, message_id: messageId, since } = query;
  const sinceMs = since === undefined ? null : firstMs(since);
  return {
    limit,
    ...(messageId !== undefined && { messageId }),
    ...(sinceMs !== null && { sinceMs }),
    ...(after && { after }),
  };
}

/** The first whole millisecond at or after an instant that fits its schema. */
function firstMs(ts: string): number | null {
  const instant = parseInstant(ts);
  return instant && instant.seconds * MS_OF_SECOND + Math.ceil(instant.nanos / NANOS_OF_MS);
}

/** Likewise for DELETE /messages, which has to say whose. What would count as absent in a read would here widen what is erased. */
export function parseErasureQuery(queryString: string): ErasureFilter {
  const failures: Failure[] = [];
  const parameters = readParameters(queryString, erasureQuery.properties, failures);
  for (const [name, value] of new URLSearchParams(queryString)) {
    if (value === "" && Object.hasOwn(erasureQuery.properties, name))
      failures.push({ name, problem: "is empty: leave it out if it is not to narrow what is erased" });
  }
  const query = validateErasureQuery(parameters, failures);
  if (query?.from === undefined && query?.to === undefined && failures.length === 0) {
    failures.push({
      name: "from",
      problem: "is required, or to: nobody's messages are erased without being named",
    });
  }
  if (query === null || failures.length > 0) throw invalidFields(failures);
  return filterOf(query);
}

/** The same query string with another cursor: what the `Link` header names. */
export function withCursor(queryString: string, cursor: string): string {
  const kept = queryString.split("&").filter((pair) => {
    const name = decodeURIComponent(pair.split("=", 1)[0] ?? "");
    return name !== "" && name !== "cursor" && name !== "offset";
  });
  return [...kept, `cursor=${cursor}`].join("&");
}

/** The place that the `cursor` names; undefined without one. What is wrong goes to `failures`. */
function readCursor<Place>(
  { cursor }: Readonly<Parameters>,
  decode: (cursor: string) => Place | null,
  failures: Failure[],
): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = decode(String(cursor));
  if (place === null) failures.push({ name: "cursor", problem: "must be a cursor from a Link header" });
  return place ?? undefined;
}
