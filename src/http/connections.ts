import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";

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
  app.addHook("onRequest", ({ raw }, reply, done) => {
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
 * for none, but Node does not count it among the idle. Returns what tells how many are open.
 */
export function closeConnectionsWhenStopping(app: FastifyInstance): () => number {
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
  return () => sockets.size;
}
