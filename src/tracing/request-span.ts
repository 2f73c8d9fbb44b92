import {
  type Context,
  type HrTime,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_URL_SCHEME,
  HTTP_REQUEST_METHOD_VALUE_OTHER,
} from "@opentelemetry/semantic-conventions";
import type { Ended, RequestTrace } from "../trace.ts";

/** Of the conventions: any other is named _OTHER, so that what strangers send makes no names. */
const KNOWN_METHODS = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);
const CLIENT_GONE = "client_gone";

/** The span of a request, by the semantic conventions for HTTP, and the spans of its steps, which follow one another. */
export class RequestSpan implements RequestTrace {
  readonly traceId: string;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #method: string;
  readonly #context: Context;
  readonly #clock: () => HrTime;
  #step: Span | null = null;

  private constructor(tracer: Tracer, span: Span, method: string, context: Context, clock: () => HrTime) {
    this.#clock = clock;
    this.#tracer = tracer;
    this.#span = span;
    this.#method = method;
    this.#context = trace.setSpan(context, span);
    this.traceId = span.spanContext().traceId;
  }

  /** Null where the sampler says no. */
  static begin(tracer: Tracer, method: string, context: Context): RequestSpan | null {
    const known = KNOWN_METHODS.has(method) ? method : HTTP_REQUEST_METHOD_VALUE_OTHER;
    const attributes = {
      [ATTR_HTTP_REQUEST_METHOD]: known,
      ...(known !== method && { [ATTR_HTTP_REQUEST_METHOD_ORIGINAL]: method }),
      [ATTR_URL_SCHEME]: "http",
    };
    const clock = clockOf(Date.now(), performance.now());
    const span = tracer.startSpan("HTTP", { kind: SpanKind.SERVER, attributes, startTime: clock() }, context);
    if (!span.isRecording()) return null;
    return new RequestSpan(tracer, span, known === method ? method : "HTTP", context, clock);
  }

  step(name: string, facts: Readonly<Record<string, string | number>> = {}): void {
    const startTime = this.#clock();
    this.#step?.end(startTime);
    this.#step = this.#tracer.startSpan(name, { attributes: facts, startTime }, this.#context);
  }

  end({ requestId, route, status, messageId, result }: Ended): void {
    const failure = failureOf(status);
    const endTime = this.#clock();
    if (failure !== null) this.#step?.setStatus({ code: SpanStatusCode.ERROR });
    this.#step?.end(endTime);
    this.#span.updateName(route === undefined ? this.#method : `${this.#method} ${route}`);
    this.#span.setAttributes({
      "lyftr.request_id": requestId,
      ...(route !== undefined && { [ATTR_HTTP_ROUTE]: route }),
      ...(status !== undefined && { [ATTR_HTTP_RESPONSE_STATUS_CODE]: status }),
      ...(messageId !== undefined && { "lyftr.message_id": messageId }),
      ...(result !== undefined && { "lyftr.result": result }),
      ...(failure !== null && { [ATTR_ERROR_TYPE]: failure }),
    });
    if (failure !== null) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end(endTime);
  }
}

/** To the microsecond, by the clock of the machine as it was when the request began; the SDK alone would begin each step at a whole millisecond. */
function clockOf(wallMs: number, startedMs: number): () => HrTime {
  return () => millisToHrTime(wallMs + performance.now() - startedMs);
}

/** Of a server's span: a refusal is the client's matter, and no error of the service. */
function failureOf(status: number | undefined): string | null {
  if (status === undefined) return CLIENT_GONE;
  return status >= 500 ? String(status) : null;
}
