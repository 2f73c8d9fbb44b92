/** One log line and one count for every request, however it ended. */
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../log.ts";
import type { Erased } from "../message.ts";
import type { Metrics, WebhookResult } from "../metrics.ts";
import { addressOf } from "./address.ts";

/** What a request's line says beyond the usual. Never a text, a secret or a signature. */
interface RequestFacts {
  message_id?: string;
  dup?: boolean;
  result?: WebhookResult;
  /** How many a stream told. */
  messages?: number;
  /** How much was erased. */
  erased?: Erased;
  /** The name of the API token that it was asked with. */
  token?: string;
  /** Why it was refused, in words for the operator. */
  reason?: string;
  /** The stack of a failure. */
  err?: string;
}

interface Entry {
  readonly startedMs: number;
  facts: RequestFacts;
  /** The service is done with it: an answer was handed over, or there is nobody to take one. */
  answered: boolean;
  /** The answer goes on until the client leaves, who then has all of it. */
  streams: boolean;
  closed: boolean;
  /** The status that the parser's own refusal sent, where the body turned out not to be HTTP. */
  refusedWith?: number;
}

/** nginx's status for a client that went away before the answer; it is only logged and counted, never sent. */
const CLIENT_GONE = 499;
/** `path` label of requests that no route takes: what strangers try must not become series. */
const NO_ROUTE = "(none)";

const entries = new WeakMap<FastifyRequest, Entry>();
const requestsBySocket = new WeakMap<Socket, FastifyRequest>();

/** Adds to what the request's log line will say. */
export function noteFacts(request: FastifyRequest, facts: RequestFacts): void {
  const entry = entryOf(request);
  entry.facts = { ...entry.facts, ...facts };
}

/** What was noted so far. */
export function factsOf(request: FastifyRequest): Readonly<RequestFacts> {
  return entryOf(request).facts;
}

/**
 * Says that the request that is coming in on a socket was refused by the parser, with this status. False when there is
 * none: then nobody else will log the refusal.
 */
export function noteRefusalOn(socket: Socket, status: number, reason: string): boolean {
  const request = requestsBySocket.get(socket);
  if (request === undefined || entryOf(request).closed) return false;
  entryOf(request).refusedWith = status;
  noteFacts(request, { reason });
  return true;
}

/**
 * Returns what records an answer that Fastify gives before its hooks run. `onEnd` is called when an answer is sent to its end, or the
 * connection is gone.
 */
export function logRequests(
  app: FastifyInstance,
  log: Log,
  metrics: Metrics,
  onEnd: (request: FastifyRequest) => void,
) {
  app.addHook("onRequest", (request, reply, done) => {
    const entry = entryOf(request);
    requestsBySocket.set(request.raw.socket, request);
    reply.raw.once("close", () => {
      entry.closed = true;
      onEnd(request);
      if (entry.answered) record(request, reply);
    });
    done();
  });
  // A client may go away while its message is being committed; its line waits for the outcome.
  app.addHook("onSend", (request, reply, payload, done) => {
    const entry = entryOf(request);
    entry.answered = true;
    entry.streams = payload instanceof Readable;
    if (entry.closed) record(request, reply);
    done();
  });
  return record;

  function record(request: FastifyRequest, reply: FastifyReply): void {
    const { startedMs, facts, streams } = entryOf(request);
    const millis = performance.now() - startedMs;
    const status = statusOf(request, reply);
    // `/messages/:message_id` as the contract writes it: `/messages/{message_id}`.
    const pattern = request.routeOptions.url?.replaceAll(/:(\w+)/g, "{$1}") ?? NO_ROUTE;
    metrics.countRequest(request.method, pattern, status, streams ? null : millis / 1000);
    const { trace } = request;
    trace?.end({
      requestId: request.id,
      route: pattern === NO_ROUTE ? undefined : pattern,
      status: status === CLIENT_GONE ? undefined : status,
      messageId: facts.message_id,
      result: facts.result,
    });
    log[levelOf(status)]({
      request_id: request.id,
      method: request.method,
      path: pathOf(request),
      status,
      latency_ms: Math.round(millis * 1000) / 1000,
      ...(status >= 400 && { address: addressOf(request) }),
      ...facts,
      ...(trace && { trace_id: trace.traceId }),
    });
  }
}

function statusOf(request: FastifyRequest, { raw, statusCode }: FastifyReply): number {
  const { streams, refusedWith } = entryOf(request);
  if (raw.writableFinished || (streams && raw.headersSent)) return statusCode;
  return refusedWith ?? CLIENT_GONE;
}

function levelOf(status: number): "info" | "warn" | "error" {
  if (status >= 500) return "error";
  return status >= 400 ? "warn" : "info";
}

function entryOf(request: FastifyRequest): Entry {
  let entry = entries.get(request);
  if (entry === undefined) {
    entry = { startedMs: performance.now(), facts: {}, answered: false, streams: false, closed: false };
    entries.set(request, entry);
  }
  return entry;
}

/** Without the query string: what is searched for may be as private as a text. */
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}
