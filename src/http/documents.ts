/** What describes the service: /metrics, /openapi.json, and /docs, which needs nothing from the network. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { DescribedRoute } from "./docs-app.ts";

/** Of an answer as a whole: these are the connection's, which is this app's to answer on. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "date",
  "content-length",
  "transfer-encoding",
  "keep-alive",
]);

/** Before any route is added: returns the routes that are, so far. */
export function collectRoutes(app: FastifyInstance): readonly DescribedRoute[] {
  const routes: DescribedRoute[] = [];
  app.addHook("onRoute", ({ method, url, schema }) => {
    if (schema !== undefined && method !== "HEAD") routes.push({ method, url, schema });
  });
  return routes;
}

export function documentRoutes(
  app: FastifyInstance,
  routes: readonly DescribedRoute[],
  metrics: Metrics,
  version: string,
): void {
  let docs: Promise<FastifyInstance> | undefined;
  const answerFromDocs = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    docs ??= import("./docs-app.ts").then(({ buildDocsApp }) => buildDocsApp(routes, version));
    const answer = await (await docs).inject({ method: "GET", url: request.url });
    if (answer.statusCode >= 500)
      throw new Error(`the documents answered ${answer.statusCode}: ${answer.payload}`);
    // Whatever is wrong with a path under /docs, nothing is there; told as everywhere.
    if (answer.statusCode >= 400) throw new AppError("not_found", "no such path: see /docs");
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !OF_THE_CONNECTION.has(name)) reply.header(name, value);
    }
    return reply.code(answer.statusCode).send(answer.rawPayload);
  };
  app.addHook("onClose", async () => (await docs)?.close());

  app.get("/openapi.json", { schema: { summary: "This document", tags: ["service"] } }, answerFromDocs);
  app.get("/docs", answerFromDocs);
  app.get("/docs/*", answerFromDocs);

  app.get(
    "/metrics",
    { schema: { summary: "Figures for Prometheus", tags: ["service"] } },
    async (_request, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );
}
