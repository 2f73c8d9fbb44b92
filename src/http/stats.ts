import type { FastifyInstance } from "fastify";
import { problem } from "../schemas.ts";
import { stats } from "../stats-schemas.ts";
import type { Store } from "../store/store.ts";
import { maxAgeMsOf, recentHeaders } from "./max-age.ts";

const schema = {
  summary: "Figures over all messages",
  tags: ["messages"],
  headers: recentHeaders,
  response: { 200: stats, 503: problem },
};

export function statsRoute(app: FastifyInstance, store: Store): void {
  app.get("/stats", { schema }, (request) => {
    request.trace?.step("store.stats");
    return store.stats(maxAgeMsOf(request));
  });
}
