import { randomUUID } from "node:crypto";
import { METHODS, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { fastify, type FastifyInstance } from "fastify";
import type { Access } from "../access.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Secrets } from "../secrets.ts";
import type { Store } from "../store/store.ts";
import type { Tracing } from "../trace.ts";
import type { Ingest } from "../webhook/ingest.ts";
import { Rejections } from "../webhook/rejections.ts";
import { WrongSignatures } from "../webhook/wrong-signatures.ts";
import { accessRoute } from "./access.ts";
import { boundCrowd } from "./bound-crowd.ts";
import { answerClientError, refuseTunnel } from "./client-error.ts";
import {
  closeConnectionsWhenStopping,
  HEAD_BYTES_MAX,
  refuseOversized,
  refuseUnservable,
} from "./connections.ts";
import { conflictsRoute } from "./conflicts.ts";
import { Crowd } from "./crowd.ts";
import { connectionsWithin } from "./descriptors.ts";
import { collectRoutes, documentRoutes } from "./documents.ts";
import { erasureRoutes } from "./erasure.ts";
import { createGuard, guardRoutes, refusalOr } from "./guard.ts";
import { healthRoutes, isReady } from "./health.ts";
import { messagesRoutes } from "./messages.ts";
import { answerUnrouted } from "./not-found.ts";
import { type Page, pageRoutes, readPage } from "./page.ts";
import { replyWithProblem } from "./problem.ts";
import { rejectionsRoute } from "./rejections.ts";
import { logRequests } from "./request-log.ts";
import { streamRoute } from "./stream.ts";
import { statsRoute } from "./stats.ts";
import { normalizeTarget } from "./target.ts";
import { timelineRoute } from "./timeline.ts";
import { traceRequests } from "./traces.ts";
import { webhookRoute } from "./webhook.ts";

/** For a whole request to arrive: a message is small, so a sender that needs longer is stuck or hostile. */
const REQUEST_RECEIVE_MS_MAX = 30_000;
/** For its head alone. */
const HEADERS_RECEIVE_MS_MAX = 10_000;
/** How often Node looks for requests over those times. */
const RECEIVE_CHECK_MS = 1_000;
/** Longer than the 60 s after which common load balancers drop an idle connection, so that they do it, not we. */
const KEEP_ALIVE_MS = 72_000;
/** Any message_id, percent-encoded: 256 code points of 4 bytes of 3 characters. */
const PARAM_CHARACTERS_MAX = 3_072;
/** An id that can be logged and returned as it is. */
const SANE_REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

export interface AppParts {
  readonly store: Store;
  readonly ingest: Ingest;
  readonly secrets: Secrets;
  readonly access: Access;
  /** Whose X-Forwarded-For is believed (trust-proxy.ts). */
  readonly trustedProxies: readonly string[];
  /** Open at once. */
  readonly connectionsMax: number;
  /** Where the inbox page is, with a slash at its end. */
  readonly pagePath: string;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly tracing?: Tracing | undefined;
  readonly version: string;
}

/** The HTTP service, not yet listening. */
export async function buildApp(given: AppParts): Promise<FastifyInstance> {
  const parts = { ...given, connectionsMax: connectionsWithin(given.connectionsMax) };
  const { metrics, log } = parts;
  const page = readPage(parts.pagePath);
  const guard = createGuard(parts.access, page.openPaths);
  const app = fastify({
    logger: false,
    genReqId: requestId,
    rewriteUrl: (request) => normalizeTarget(request.url ?? "/"),
    requestTimeout: REQUEST_RECEIVE_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: PARAM_CHARACTERS_MAX },
    // Requests on connections that are still open when the service stops are answered like any other.
    return503OnClosing: false,
    trustProxy: parts.trustedProxies.length > 0 && [...parts.trustedProxies],
    frameworkErrors: (error, request, reply) => {
      crowd.begin(request);
      crowd.answer(request);
      void replyWithProblem(
        refusalOr(error, guard, request, reply),
        request,
        reply.header("x-request-id", request.id),
      );
      reply.raw.once("close", () => {
        crowd.end(request);
        record(request, reply);
      });
    },
    // A missing Host is refused by refuseUnservable.
    http: {
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: HEADERS_RECEIVE_MS_MAX,
      connectionsCheckingInterval: RECEIVE_CHECK_MS,
      requireHostHeader: false,
    },
    clientErrorHandler: (error, socket) =>
      crowd.afterAnswers(socket, () => answerClientError(error, socket, log, metrics)),
  });
  const crowd = new Crowd({ ...parts, now: () => performance.now() });
  takeEveryMethod(app, (socket) => crowd.afterAnswers(socket, () => refuseTunnel(socket, log, metrics)));
  traceRequests(app, parts.tracing);
  const record = logRequests(app, log, metrics, (request) => crowd.end(request));
  boundCrowd(app, crowd);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    // Every content type is read alike, also none, and one that Fastify would refuse as malformed.
    request.raw.headers["content-type"] = "application/octet-stream";
    done();
  });
  refuseUnservable(app);
  guardRoutes(app, guard);
  refuseOversized(app);
  closeConnectionsWhenStopping(app);
  // Only the webhook reads bodies; elsewhere they are left unread, whatever they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  // Each route validates in one visible call of its own; the schemas given to Fastify serialize and document.
  app.setValidatorCompiler(() => () => true);
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof AppError && error.code === "read_timeout") metrics.countStoppedRead();
    return replyWithProblem(error, request, reply);
  });
  answerUnrouted(app);

  await addRoutes(app, parts, page);
  return app;
}

async function addRoutes(app: FastifyInstance, parts: AppParts, page: Page): Promise<void> {
  const { store, secrets, metrics, version } = parts;
  const routes = collectRoutes(app);
  const rejections = new Rejections(secrets, Date.now);
  await app.register(webhookRoute({ ...parts, rejections, wrongSignatures: watchedSignatures(metrics) }));
  messagesRoutes(app, store);
  streamRoute(app, parts);
  erasureRoutes(app, store, metrics);
  statsRoute(app, store);
  timelineRoute(app, store);
  conflictsRoute(app, store);
  rejectionsRoute(app, rejections);
  accessRoute(app);
  healthRoutes(app, store, secrets);
  metrics.watchReadiness(() => isReady(store, secrets));
  documentRoutes(app, routes, metrics, version);
  pageRoutes(app, page);
}

/** So that each is answered like any other; Node hands over CONNECT as a bare socket. */
function takeEveryMethod(app: FastifyInstance, onConnect: (socket: Socket) => void): void {
  for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  app.server.on("connect", (_request, socket: Socket) => onConnect(socket));
}

function watchedSignatures(metrics: Metrics): WrongSignatures {
  const wrongSignatures = new WrongSignatures(() => performance.now());
  metrics.watchWrongSigners(() => wrongSignatures.depth());
  return wrongSignatures;
}

function requestId(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && SANE_REQUEST_ID.test(given) ? given : randomUUID();
}
