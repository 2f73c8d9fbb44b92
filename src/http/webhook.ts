import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError, type ErrorCode } from "../errors.ts";
import type { Metrics, SignedWith, WebhookResult } from "../metrics.ts";
import { problem, statusOf, webhookBody } from "../schemas.ts";
import type { Secrets } from "../secrets.ts";
import type { Ingest } from "../webhook/ingest.ts";
import { parseMessage } from "../webhook/parse.ts";
import type { Refused, Rejections } from "../webhook/rejections.ts";
import { type SignatureHeaders, verify } from "../webhook/verify.ts";
import type { WrongSignatures } from "../webhook/wrong-signatures.ts";
import { addressOf } from "./address.ts";
import { asAppError } from "./problem.ts";
import { factsOf, noteFacts } from "./request-log.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** The largest valid message is about 52 KB, written with \u escapes throughout. */
export const BODY_BYTES_MAX = 64 * 1024;

const RESULT_BY_CODE: Partial<Record<ErrorCode, WebhookResult>> = {
  invalid_signature: "invalid_signature",
  rate_limited: "rate_limited",
  internal: "unavailable",
  unavailable: "unavailable",
};

const schema = {
  tags: ["webhook"],
  summary: "Receive one signed message",
  description:
    "`X-Signature` is the hex HMAC-SHA256 of the raw body under the shared secret, with an optional `sha256=` " +
    "before it; in its place the three headers of Standard Webhooks may be sent. " +
    "200 means the message is durable. Sending it again is safe: the first of an id stays.",
  headers: {
    type: "object",
    properties: {
      "x-signature": { type: "string", pattern: "^(sha256=)?[0-9a-fA-F]{64}$" },
      "webhook-id": { type: "string" },
      "webhook-timestamp": { type: "string", pattern: "^\\d{1,12}$" },
      "webhook-signature": { type: "string" },
    },
  },
  body: webhookBody,
  response: {
    200: statusOf("ok"),
    401: problem,
    413: problem,
    415: problem,
    422: problem,
    429: problem,
    503: problem,
  },
};

export interface WebhookParts {
  readonly ingest: Ingest;
  readonly secrets: Secrets;
  readonly metrics: Metrics;
  readonly rejections: Rejections;
  readonly wrongSignatures: WrongSignatures;
}

/** POST /webhook: verify → parse → ingest → 200. */
export function webhookRoute(parts: WebhookParts) {
  const { ingest, metrics, rejections } = parts;
  return (app: FastifyInstance, _options: object, done: () => void): void => {
    // On this route alone the body is read, and kept as the bytes that were signed.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      "*",
      { parseAs: "buffer", bodyLimit: BODY_BYTES_MAX },
      (_request, body, parsed) => parsed(null, body),
    );
    app.addHook("onError", (request, reply, error, next) => {
      reply.headers(SECURITY_HEADERS);
      const refusal = asAppError(error);
      const { code } = refusal;
      // Once it is answered: what is found out about a wrong signature must not tell by the time that it takes.
      // By then the connection may be gone, and where it came from with it.
      const address = addressOf(request);
      // Of a flood only the number is kept: metrics and log tell of it.
      if (code !== "rate_limited")
        reply.raw.once("close", () => rejections.add(refusedOf(request, address, reply.statusCode, refusal)));
      // A body that never came whole was not a message; the request's line and status tell of it.
      if (code !== "malformed_request") count(request, RESULT_BY_CODE[code] ?? "validation_error");
      next();
    });

    app.post("/webhook", { schema }, async (request) => {
      const { trace } = request;
      trace?.step("verify");
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      metrics.countSignature(verifyRequest(request, body, parts));
      refuseEncoded(headerOf(request, "content-encoding"));
      trace?.step("parse");
      const message = parseMessage(body);
      noteFacts(request, { message_id: message.message_id });
      trace?.step("wait");
      const outcome = await ingest.submit(message, body.length, trace);
      count(request, outcome);
      return { status: "ok" };
    });
    done();

    function count(request: FastifyRequest, result: WebhookResult): void {
      metrics.countWebhook(result);
      noteFacts(request, { dup: result === "duplicate" || result === "conflict", result });
    }
  };
}

/** Throws AppError `invalid_signature`, or `rate_limited` where too many of them came from the same address. */
function verifyRequest(
  request: FastifyRequest,
  body: Buffer,
  { secrets, wrongSignatures }: WebhookParts,
): SignedWith {
  try {
    return verify(body, signatureOf(request), secrets.accepted, Date.now());
  } catch (error) {
    if (!(error instanceof AppError) || wrongSignatures.take(addressOf(request))) throw error;
    const detail = "too many wrong signatures from this address";
    throw new AppError("rate_limited", detail, { reason: `${detail}; ${error.reason ?? ""}` });
  }
}

function refusedOf(
  request: FastifyRequest,
  address: string,
  status: number,
  { code, message, reason }: AppError,
): Refused {
  const signed = signatureOf(request);
  const isSigned = signed.signature !== undefined || signed.webhookSignature !== undefined;
  return {
    requestId: request.id,
    address,
    status,
    reason: reason ?? message,
    messageId: factsOf(request).message_id,
    body: Buffer.isBuffer(request.body) ? request.body : null,
    signature: code === "invalid_signature" && isSigned ? signed : undefined,
  };
}

function signatureOf(request: FastifyRequest): SignatureHeaders {
  return {
    signature: headerOf(request, "x-signature"),
    webhookId: headerOf(request, "webhook-id"),
    webhookTimestamp: headerOf(request, "webhook-timestamp"),
    webhookSignature: headerOf(request, "webhook-signature"),
  };
}

function refuseEncoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding === "" || encoding.toLowerCase() === "identity") return;
  throw new AppError("unsupported_encoding", `Content-Encoding: must be identity or absent, not ${encoding}`);
}

/** A header sent more than once counts as its values joined, as Node gives it. */
function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
