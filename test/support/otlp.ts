/** A collector of traces: a real OTLP receiver over HTTP, in protobuf (opentelemetry.io/docs/specs/otlp). */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import protobuf from "protobufjs";

/** As far as it is looked at here; what else is sent is left out (opentelemetry-proto, trace/v1 and common/v1). */
const SCHEMA = `
  syntax = "proto3";
  message AnyValue { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message Status { string message = 2; int32 code = 3; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
  }
  message ScopeSpans { repeated Span spans = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }`;

const Exported = protobuf.parse(SCHEMA).root.lookupType("ExportTraceServiceRequest");

type Attributes = Readonly<Record<string, string | number>>;

export interface ReceivedSpan {
  readonly name: string;
  /** 1 internal, 2 server. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes: Attributes;
  /** 2 is an error. */
  readonly statusCode: number;
  readonly resource: Attributes;
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** All that came, as it came. */
  raw(): Buffer;
  /** From now on answers with this status; 0 answers nothing at all. */
  answerWith(status: number): void;
}

/** Closed with the test. */
export async function startCollector(t: TestContext): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const bodies: Buffer[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void receive(request, response);
  }).listen(0, "127.0.0.1");
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    requests.push({ path: request.url ?? "", headers: request.headers });
    if (status === 0) return;
    bodies.push(body);
    if (status === 200) spans.push(...spansOf(body));
    response.writeHead(status, { "content-type": "application/x-protobuf" }).end();
  };
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    raw: () => Buffer.concat(bodies),
    answerWith: (next) => void (status = next),
  };
}

interface KeyValue {
  readonly key: string;
  readonly value?: {
    readonly stringValue?: string;
    readonly intValue?: string;
    readonly doubleValue?: number;
  };
}

interface Span {
  readonly name: string;
  readonly kind?: number;
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly code?: number };
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

function spansOf(body: Buffer): ReceivedSpan[] {
  const decoded = Exported.toObject(Exported.decode(body), { longs: String, bytes: Buffer }) as ExportRequest;
  return decoded.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        name: span.name,
        kind: span.kind ?? 0,
        traceId: span.traceId.toString("hex"),
        spanId: span.spanId.toString("hex"),
        parentId: span.parentSpanId?.toString("hex") ?? "",
        startNanos: BigInt(span.startTimeUnixNano),
        endNanos: BigInt(span.endTimeUnixNano),
        attributes: attributesOf(span.attributes),
        statusCode: span.status?.code ?? 0,
        resource: attributesOf(resource.attributes),
      })),
    ),
  );
}

function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value }): [string, string | number] => [
      key,
      value?.stringValue ?? Number(value?.intValue ?? value?.doubleValue),
    ]),
  );
}
