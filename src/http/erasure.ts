import type { FastifyInstance, FastifyRequest } from "fastify";
import { erasureQuery, type Receipt, receipt } from "../erasure-schemas.ts";
import { AppError } from "../errors.ts";
import type { ErasureFilter } from "../message.ts";
import type { Metrics } from "../metrics.ts";
import { messageId, problem } from "../schemas.ts";
import type { Store } from "../store/store.ts";
import { parseErasureQuery, queryStringOf } from "./query.ts";
import { noteFacts } from "./request-log.ts";

const WHAT =
  "Also from the search index, the record of conflicts, the journal and free space in the files. The answer comes when all of that " +
  "is done; asked once more, whatever it was cut short at is made good. A late arrival of an erased id stays a duplicate.";

const manySchema = {
  tags: ["messages"],
  summary: "Erase messages of a sender or recipient",
  description: `At least one of \`from\` and \`to\`. ${WHAT}`,
  querystring: erasureQuery,
  response: { 200: receipt, 422: problem, 503: problem },
};

const oneSchema = {
  tags: ["messages"],
  summary: "Erase one message",
  description: WHAT,
  params: { type: "object", required: ["message_id"], properties: { message_id: messageId } },
  response: { 200: receipt, 404: problem, 503: problem },
};

/** DELETE /messages and DELETE /messages/{message_id}. */
export function erasureRoutes(app: FastifyInstance, store: Store, metrics: Metrics): void {
  const config = { role: "admin" } as const;

  app.delete("/messages", { schema: manySchema, config }, (request) =>
    erase(request, parseErasureQuery(queryStringOf(request))),
  );

  app.delete<{ Params: { message_id: string } }>(
    "/messages/:message_id",
    { schema: oneSchema, config },
    async (request) => {
      const { message_id } = request.params;
      const done = await erase(request, { message_ids: [message_id] });
      if (done.messages === 0) throw new AppError("not_found", "no message has this id");
      return done;
    },
  );

  async function erase(request: FastifyRequest, filter: ErasureFilter): Promise<Receipt> {
    const erased = await store.erase(filter);
    metrics.countErased("request", erased);
    // Whoever asked may be gone by now; the log has it.
    noteFacts(request, { erased });
    const { messages, conflicts } = erased;
    return { status: "erased", messages, conflicts, erased_at: new Date().toISOString() };
  }
}
