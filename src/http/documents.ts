/** What describes the service: /metrics, /openapi.json, and /docs, which needs nothing from the network. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../metrics.ts";

/** The page may load what this service serves, and nothing else; no other site may frame it. */
const DOCS_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

/** Before any route is added: the document is made of the schemas of the routes that follow. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Lyftr",
        version,
        description:
          "Receives signed webhook messages, keeps each exactly once, and lists, searches and counts them.",
        license: { name: "MIT", identifier: "MIT" },
      },
    },
  });
}

export async function documentRoutes(app: FastifyInstance, metrics: Metrics): Promise<void> {
  app.get("/openapi.json", { schema: { summary: "This document", tags: ["service"] } }, () => app.swagger());

  app.get(
    "/metrics",
    { schema: { summary: "Figures for Prometheus", tags: ["service"] } },
    async (_request, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );

  await app.register(swaggerUi, {
    routePrefix: "/docs",
    // BaseLayout leaves out the bar that loads other documents; a validator would be asked on the internet.
    uiConfig: { layout: "BaseLayout", validatorUrl: null },
    theme: { title: "Lyftr" },
    staticCSP: DOCS_POLICY,
  });
}
