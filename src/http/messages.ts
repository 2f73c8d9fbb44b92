import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";
import type { Message } from "../message.ts";
import { encodeCursor } from "../position-cursor.ts";
import { message, messageId, messagesQuery, page, problem } from "../schemas.ts";
import type { Store } from "../store/store.ts";
import { maxAgeMsOf, recentHeaders } from "./max-age.ts";
import { parseMessagesQuery, queryStringOf, withCursor } from "./query.ts";

const listSchema = {
  tags: ["messages"],
  summary: "List, filter and search messages",
  description:
    'Ordered by the instant of `ts`, then `message_id` by bytes. `Link: <…>; rel="next"` (RFC 8288) leads to the ' +
    "next page without skipping or repeating any message while others arrive. `since` is inclusive, `until` is not.",
  querystring: messagesQuery,
  headers: recentHeaders,
  response: { 200: page, 422: problem, 503: problem },
};

const oneSchema = {
  tags: ["messages"],
  summary: "One message",
  params: { type: "object", required: ["message_id"], properties: { message_id: messageId } },
  response: { 200: message, 404: problem, 503: problem },
};

/** GET /messages and GET /messages/{message_id}. */
export function messagesRoutes(app: FastifyInstance, store: Store): void {
  app.get("/messages", { schema: listSchema }, async (request, reply) => {
    const queryString = queryStringOf(request);
    const asked = parseMessagesQuery(queryString);
    request.trace?.step("store.find");
    const { data, total, next } = await store.find(asked.filter, asked.page, maxAgeMsOf(request));
    if (next !== null) {
      reply.header("link", `</messages?${withCursor(queryString, encodeCursor(next))}>; rel="next"`);
    }
    return { data, total, limit: asked.page.limit, offset: asked.page.offset };
  });

  app.get<{ Params: { message_id: string } }>(
    "/messages/:message_id",
    { schema: oneSchema },
    async (request) => {
      request.trace?.step("store.get");
      return getMessage(store, request.params.message_id);
    },
  );
}

/** Throws AppError `not_found`. */
export async function getMessage(store: Store, messageId: string): Promise<Message> {
  const found = await store.get(messageId);
  if (found === null) throw new AppError("not_found", "no message has this id");
  return found;
}
