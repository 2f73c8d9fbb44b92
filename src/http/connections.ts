import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";

/**
 * Of a request's head together (Node's own default). The longest query that can be right, its cursor, a token and what proxies add
 * take 12 KB.
 */
export const HEAD_BYTES_MAX = 16 * 1024;
/** Browsers and proxies send some thirty. */
const HEADERS_MAX = 100;
/** Path and query; the longest that can be right is some 9,000: an id or a search, both parties and a cursor, percent-encoded. */
const TARGET_CHARACTERS_MAX = 12_000;

/** Answers `431` and `414`, where Node takes whatever fits a head. */
export function refuseOversized(app: FastifyInstance): void {
  // Some versions of Node leave out what is beyond their own limit, and nobody would know.
  app.server.maxHeadersCount = 0;
  app.addHook("onRequest", ({ raw }, _reply, done) => {
    // Each is a name and a value.
    if (raw.rawHeaders.length > 2 * HEADERS_MAX)
      return done(new AppError("headers_too_large", `more than ${HEADERS_MAX} headers`));
    if ((raw.url ?? "").length > TARGET_CHARACTERS_MAX)
      return done(
        new AppError("target_too_long", `the URL is longer than ${TARGET_CHARACTERS_MAX} characters`),
      );
    done();
  });
}

/**
 * What Node would answer by itself, without a body and unseen by log and metrics: an HTTP/1.1 request without Host
 * (RFC 9112 §3.2), and an `Expect` other than 100-continue. Here they are routed, and refused like anything else.
 */
export function refuseUnservable(app: FastifyInstance): void {
  const unmet = new WeakSet<IncomingMessage>();
  app.server.on("checkExpectation", (request, response) => {
    unmet.add(request);
    app.server.emit("request", request, response);
  });
  // Node would write it behind the head of an answer that waits for another one before it. Whoever sends the next request without
  // waiting does not wait for this either (RFC 9110 §10.1.1).
  app.server.on("checkContinue", (request, response) => {
    if (response.socket !== null) response.writeContinue();
    app.server.emit("request", request, response);
  });
  app.addHook("onRequest", ({ raw }, reply, done) => {
    // An offer that is declined; Node passes over what came behind it in the same packet.
    if (raw.headers.upgrade !== undefined) reply.header("connection", "close");
    const withoutHost = raw.httpVersion === "1.1" && raw.headers.host === undefined;
    if (!withoutHost && !unmet.has(raw)) return done();
    // What follows on this connection, such as a body that was held back, cannot be told from a request.
    reply.header("connection", "close");
    if (withoutHost) done(new AppError("malformed_request", "the Host header is missing"));
    else done(new AppError("expectation_failed", "Expect: only 100-continue can be met"));
  });
}

/**
 * When the service stops, each connection is closed with the answer that it waits for. One that has sent nothing waits
 * for none, but Node does not count it among the idle.
 */
export function closeConnectionsWhenStopping(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  let stopping = false;
  app.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  app.addHook("preClose", (done) => {
    stopping = true;
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (stopping) reply.header("connection", "close");
    done();
  });
}
