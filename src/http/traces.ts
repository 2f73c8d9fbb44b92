/** Begins the trace of each request. Where there is no tracing, no hook is added, and `trace` is null throughout. */
import type { FastifyInstance } from "fastify";
import type { RequestTrace, Tracing } from "../trace.ts";

declare module "fastify" {
  interface FastifyRequest {
    trace: RequestTrace | null;
  }
}

/** Asked every few seconds by machines: their traces would hide those of people. */
const NOT_TRACED = new Set(["/health/live", "/health/ready", "/metrics"]);

export function traceRequests(app: FastifyInstance, tracing: Tracing | undefined): void {
  app.decorateRequest("trace", null);
  if (tracing === undefined) return;
  app.addHook("onRequest", (request, _reply, done) => {
    if (!NOT_TRACED.has(request.routeOptions.url ?? "")) {
      request.trace = tracing.begin(request.method, request.headers);
    }
    done();
  });
}
