/** What stands at /openapi.json and /docs, as an app of its own: it takes a fifth of a start, so it is made when asked for. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { fastify, type FastifyInstance, type RouteOptions } from "fastify";

/** The page may load what this service serves, and nothing else; no other site may frame it. */
const DOCS_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

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
    },
  });
  for (const route of routes) {
    const own = route.url === "/openapi.json";
    app.route({ ...route, exposeHeadRoute: own, handler: () => (own ? app.swagger() : null) });
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
