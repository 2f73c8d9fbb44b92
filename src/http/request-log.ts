/** One log line and one count for every request, however it ended. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Log } from "../log.ts";
import type { Metrics, WebhookResult } from "../metrics.ts";

/** What a request's line says beyond the usual. Never a text, a secret or a signature. */
export interface RequestFacts {
  message_id?: string;
  dup?: boolean;
  result?: WebhookResult;
  /** Why it was refused, in words for the operator. */
  reason?: string;
  /** The stack of a failure. */
  err?: string;
}

/** nginx's status for a client that went away before the answer; it is only logged and counted, never sent. */
export const CLIENT_GONE = 499;
/** `path` label of requests that no route takes: what strangers try must not become series. */
const NO_ROUTE = "(none)";

const factsByRequest = new WeakMap<FastifyRequest, RequestFacts>();

/** Adds to what the request's log line will say. */
export function noteFacts(request: FastifyRequest, facts: RequestFacts): void {
  factsByRequest.set(request, { ...factsByRequest.get(request), ...facts });
}

/** `record` is for the answers that Fastify gives before its hooks run. */
export function logRequests(app: FastifyInstance, log: Log, metrics: Metrics) {
  const startedByRequest = new WeakMap<FastifyRequest, number>();

  function record(request: FastifyRequest, status: number): void {
    const started = startedByRequest.get(request);
    const millis = started === undefined ? 0 : performance.now() - started;
    // `/messages/:message_id` as the contract writes it: `/messages/{message_id}`.
    const pattern = request.routeOptions.url?.replaceAll(/:(\w+)/g, "{$1}") ?? NO_ROUTE;
    metrics.countRequest(request.method, pattern, status, millis / 1000);
    const line = {
      request_id: request.id,
      method: request.method,
      path: pathOf(request),
      status,
      latency_ms: Math.round(millis * 1000) / 1000,
      ...factsByRequest.get(request),
    };
    if (status >= 500) log.error(line);
    else if (status >= 400) log.warn(line);
    else log.info(line);
  }

  app.addHook("onRequest", (request, _reply, done) => {
    startedByRequest.set(request, performance.now());
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    record(request, reply.statusCode);
    done();
  });
  app.addHook("onRequestAbort", (request, done) => {
    record(request, CLIENT_GONE);
    done();
  });
  return record;
}

/** Without the query string: what is searched for may be as private as a text. */
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}
