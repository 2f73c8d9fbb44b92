/** What stands at /openapi.json and /docs, as an app of its own: it takes a fifth of a start, so it is made when asked for. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { isOpen } from "./guard.ts";
import { fastify, type FastifyInstance, type RouteOptions } from "fastify";

/** The page may load what this service serves, and nothing else; no other site may frame it. */
const DOCS_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

const TOKEN_RULE =
  "Needed when API_TOKENS is set. 401 without one that is known, 403 where its role is not enough.";
const TOKEN_IF_SET = [{ token: [] }, {}];

export type DescribedRoute = Pick<RouteOptions, "method" | "url" | "schema">;

/** Describes `routes`, and answers for none of them: not listening, asked by inject. */
export async function buildDocsApp(
  routes: readonly DescribedRoute[],
  version: string,
): Promise<FastifyInstance> {
  const app = fastify({ logger: false });
  app.setValidatorCompiler(() => () => true);
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
      components: { securitySchemes: { token: { type: "http", scheme: "bearer", description: TOKEN_RULE } } },
    },
  });
  for (const route of routes) {
    const own = route.url === "/openapi.json";
    const schema = { ...route.schema, ...(!isOpen(route.url) && { security: TOKEN_IF_SET }) };
    app.route({ ...route, schema, exposeHeadRoute: own, handler: () => (own ? app.swagger() : null) });
  }
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    // BaseLayout leaves out the bar that loads other documents; a validator would be asked on the internet.
    uiConfig: { layout: "BaseLayout", validatorUrl: null },
    theme: { title: "Lyftr" },
    staticCSP: DOCS_POLICY,
  });
  await app.ready();
  return app;
}
