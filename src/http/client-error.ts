import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { AppError, type ErrorCode, STATUS_BY_CODE } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { problemFor } from "./problem.ts";

const REFUSALS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "the request did not arrive in time"],
  HPE_INVALID_URL: ["malformed_request", "the URL holds characters that must be percent-encoded"],
  HPE_HEADER_OVERFLOW: ["headers_too_large", "the headers are too large"],
};
const UNPARSED = "(unparsed)";

/** Answers what Node's parser could not read as a request, so that no Fastify request exists for it. */
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
  const [code, detail] = REFUSALS[error.code ?? ""] ?? [
    "malformed_request",
    "not a well-formed HTTP/1.1 request",
  ];
  const status = STATUS_BY_CODE[code];
  const body = JSON.stringify(problemFor(new AppError(code, detail)));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  metrics.countRequest(UNPARSED, UNPARSED, status, 0);
  log.warn({
    method: UNPARSED,
    path: UNPARSED,
    status,
    reason: `${detail} (${error.code ?? error.message})`,
  });
}
