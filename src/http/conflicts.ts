import type { FastifyInstance } from "fastify";
import { type Conflict, conflicts, conflictsQuery } from "../conflict-schemas.ts";
import { problem } from "../schemas.ts";
import type { ConflictRecord } from "../store/conflict.ts";
import type { Store } from "../store/store.ts";
import { encodeConflictCursor } from "./cursor.ts";
import { parseConflictsQuery, queryStringOf, withCursor } from "./query.ts";

const schema = {
  tags: ["messages"],
  summary: "Messages whose id came again with other content",
  description:
    'The one that came last first; `Link: <…>; rel="next"` leads on. One that comes again moves to the front. `since` asks ' +
    "for those that came last at that time or after. Never a text: contents are told by their hashes.",
  querystring: conflictsQuery,
  response: { 200: conflicts, 422: problem, 503: problem },
};

/** GET /conflicts. */
export function conflictsRoute(app: FastifyInstance, store: Store): void {
  app.get("/conflicts", { schema }, async (request, reply) => {
    const queryString = queryStringOf(request);
    const asked = parseConflictsQuery(queryString);
    request.trace?.step("store.conflicts");
    const { data, next } = await store.conflicts(asked);
    if (next !== null) {
      const target = `/conflicts?${withCursor(queryString, encodeConflictCursor(next))}`;
      reply.header("link", `<${target}>; rel="next"`);
    }
    return { data: data.map(conflictOf) };
  });
}

function conflictOf(record: ConflictRecord): Conflict {
  return {
    message_id: record.message_id,
    first_seen: new Date(record.firstMs).toISOString(),
    last_seen: new Date(record.lastMs).toISOString(),
    times: record.times,
    // By differingMembers (store/content.ts), which knows no others.
    differs: record.differs.split(",") as Conflict["differs"],
    kept_sha256: record.firstHash,
    refused_sha256: record.laterHash,
  };
}
