import type { FastifyInstance } from "fastify";
import { rejections, rejectionsQuery } from "../rejection-schemas.ts";
import { problem } from "../schemas.ts";
import type { Rejections } from "../webhook/rejections.ts";
import { parseRejectionsQuery, queryStringOf } from "./query.ts";

const schema = {
  tags: ["service"],
  summary: "The last requests to the webhook that were refused, and why",
  description:
    "Kept in the memory of this process: the last 1,000, for at most a week. Never a text, a secret or a signature. " +
    "Where several processes serve, each tells of its own.",
  querystring: rejectionsQuery,
  response: { 200: rejections, 422: problem },
};

/** GET /rejections. */
export function rejectionsRoute(app: FastifyInstance, kept: Rejections): void {
  app.get("/rejections", { schema }, (request) =>
    kept.last(parseRejectionsQuery(queryStringOf(request)).limit),
  );
}
