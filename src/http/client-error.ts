/** Answers where no request reaches Fastify: what Node's parser cannot read, and the methods that Node keeps apart. */
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { AppError, type ErrorCode, STATUS_BY_CODE } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { problemFor, RETRY_AFTER_SECONDS } from "./problem.ts";
import { noteRefusalOn } from "./request-log.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

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
  refuseOn(socket, REFUSALS[error.code ?? ""] ?? NOT_HTTP, error.code ?? error.message, log, metrics);
}

/** CONNECT asks for a tunnel, which Node hands over as a bare socket. */
export function refuseTunnel(socket: Socket, log: Log, metrics: Metrics): void {
  const refusal: Refusal = ["method_not_allowed", "CONNECT is not allowed: this is no proxy"];
  refuseOn(socket, refusal, "CONNECT", log, metrics);
}

/** Answers in place of Fastify, and ends the connection. `cause` is for the log. */
export function refuseOn(
  socket: Duplex,
  [code, detail]: Refusal,
  cause: string,
  log: Log,
  metrics: Metrics,
): void {
  const status = STATUS_BY_CODE[code];
  const requestId = randomUUID();
  const body = JSON.stringify(problemFor(new AppError(code, detail)));
  // The peer's own side is not waited for: it may never close it, or send a request that would still be read.
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nX-Request-ID: ${requestId}\r\n` +
      `${headersFor(code)}Content-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
  const reason = `${detail} (${cause})`;
  if (noteRefusalOn(socket as Socket, status, reason)) return;
  metrics.countRequest(UNPARSED, UNPARSED, status, 0);
  const address = (socket as Socket).remoteAddress ?? "unknown";
  log.warn({
    request_id: requestId,
    method: UNPARSED,
    path: UNPARSED,
    status,
    latency_ms: 0,
    address,
    reason,
  });
}

function headersFor(code: ErrorCode): string {
  const retryAfter = RETRY_AFTER_SECONDS[code];
  const headers = { ...SECURITY_HEADERS, ...(retryAfter !== undefined && { "retry-after": retryAfter }) };
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}
