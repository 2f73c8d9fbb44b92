/** Every failure becomes one answer here: `{"detail"}`, with `errors` where several fields are wrong (RFC 9457). */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { AppError, type ErrorCode, STATUS_BY_CODE } from "../errors.ts";
import { noteFacts } from "./request-log.ts";

/** What Retry-After says. The same to everybody: it tells nothing of what is held here. */
export const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  // A queue of thousands drains in about a second; so may a full disk's cause.
  unavailable: 1,
  // Only where others took the time will the same read do better; so they are given some.
  read_timeout: 5,
  // Wrongly signed it will never be taken: whoever sends it is given time to be mended.
  rate_limited: 60,
};

/** Fastify's own refusals (fastify.dev/docs/latest/Reference/Errors) in our words; any other failure is a bug. */
const FASTIFY_REFUSALS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["too_large", "body: is larger than 64 KiB"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["malformed_request", "the body is not as long as Content-Length says"],
  FST_ERR_BAD_URL: ["malformed_request", "the path is not percent-encoded UTF-8"],
  FST_ERR_MAX_PARAM_LENGTH: ["not_found", "no message has this id"],
  ECONNRESET: ["malformed_request", "the connection ended inside the body"],
};

export interface Problem {
  readonly detail: string;
  /** `pointer` is a JSON Pointer in URI fragment form (RFC 6901 §6, as in RFC 9457 §3). */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export function problemFor({ message, failures }: AppError): Problem {
  if (failures.length < 2) return { detail: message };
  return {
    detail: message,
    errors: failures.map(({ name, problem }) => ({ pointer: `#/${name}`, detail: problem })),
  };
}

/** Answers with the failure, and notes its reason for the log. */
export function replyWithProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = asAppError(error);
  const retryAfter = RETRY_AFTER_SECONDS[failure.code];
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  noteFacts(request, {
    reason: failure.reason ?? failure.message,
    ...(failure.code === "internal" && { err: stackOf(failure.cause ?? failure) }),
  });
  return reply.code(STATUS_BY_CODE[failure.code]).send(problemFor(failure));
}

export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const refusal = FASTIFY_REFUSALS[code ?? ""];
  if (refusal !== undefined) return new AppError(refusal[0], refusal[1]);
  // What the documentation page's file server says of paths that name no file of its own.
  if (statusCode === 403 || statusCode === 404) return new AppError("not_found", "no such path: see /docs");
  return new AppError("internal", "internal error", { cause: error });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
