/** Answers where no request reaches Fastify: what Node's parser cannot read, and the methods that Node keeps apart. */
import { randomUUID } from "node:crypto";
import { STATUS_CODES, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { AppError, type ErrorCode, STATUS_BY_CODE } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { problemFor } from "./problem.ts";
import { noteRefusalOn } from "./request-log.ts";

type Refusal = readonly [code: ErrorCode, detail: string];

const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "the request did not arrive in time"],
  HPE_INVALID_URL: ["malformed_request", "the URL holds characters that must be percent-encoded"],
  HPE_HEADER_OVERFLOW: ["headers_too_large", "the headers are too large"],
};
const NOT_HTTP: Refusal = ["malformed_request", "not a well-formed HTTP/1.1 request"];
const UNPARSED = "(unparsed)";

/** What `clientErrorHandler` of Fastify is given. */
export function answerClientError(
  error: Error & { code?: string },
  socket: Socket,
  log: Log,
  metrics: Metrics,
): void {
  // The peer went away: there is nobody to answer.
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  refuse(socket, REFUSALS[error.code ?? ""] ?? NOT_HTTP, error.code ?? error.message, log, metrics);
}

/** CONNECT asks for a tunnel, which Node hands over as a bare socket. */
export function refuseTunnels(server: Server, log: Log, metrics: Metrics): void {
  server.on("connect", (_request, socket) => {
    refuse(
      socket,
      ["method_not_allowed", "CONNECT is not allowed: this is no proxy"],
      "CONNECT",
      log,
      metrics,
    );
  });
}

function refuse(socket: Duplex, [code, detail]: Refusal, cause: string, log: Log, metrics: Metrics): void {
  const status = STATUS_BY_CODE[code];
  const requestId = randomUUID();
  const body = JSON.stringify(problemFor(new AppError(code, detail)));
  // The peer's own side is not waited for: it may never close it, or send a request that would still be read.
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nX-Request-ID: ${requestId}\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
  const reason = `${detail} (${cause})`;
  if (noteRefusalOn(socket as Socket, status, reason)) return;
  metrics.countRequest(UNPARSED, UNPARSED, status, 0);
  log.warn({ request_id: requestId, method: UNPARSED, path: UNPARSED, status, latency_ms: 0, reason });
}
