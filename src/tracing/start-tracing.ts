/**
 * Traces by OpenTelemetry. Loaded only where a collector is named (main.ts): nothing else in src/ knows its packages.
 *
 *   begin ─▶ server span ─▶ verify ─▶ parse ─▶ wait ─▶ commit ─▶ end
 *                        or the call of the store               ─▶ a queue, from which batches are sent behind the requests
 */
import { diag, DiagLogLevel, isSpanContextValid, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from "@opentelemetry/semantic-conventions";
import type { Log } from "../log.ts";
import type { Tracing } from "../trace.ts";
import type { TracingSettings } from "../tracing-settings.ts";
import { QuietExporter } from "./quiet-exporter.ts";
import { RequestSpan } from "./request-span.ts";

/** For the last spans when the service stops: a collector that is there takes them in some milliseconds. */
const FLUSH_MS_MAX = 1_000;

/** The exporter's and the resource's settings are read from the environment of the process (config.ts). */
export function startTracing(settings: TracingSettings, version: string, log: Log): Tracing {
  tellWarnings(log);
  const exporter = new QuietExporter(new OTLPTraceExporter(), log);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: "lyftr",
      [ATTR_SERVICE_VERSION]: version,
    }).merge(
      detectResources({
        detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector, serviceInstanceIdDetector],
      }),
    ),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...given(settings.batch) })],
  });
  const tracer = provider.getTracer("lyftr", version);
  return {
    begin(method, { traceparent }) {
      const parent =
        settings.takesParent && typeof traceparent === "string" ? parseTraceParent(traceparent) : null;
      const context =
        parent !== null && isSpanContextValid(parent)
          ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
          : ROOT_CONTEXT;
      return RequestSpan.begin(tracer, method, context);
    },
    async close() {
      if ((await isFlushed(provider)) || exporter.isFailing) return;
      log.warn("the last traces were not sent: the collector did not answer in time");
    },
  };
}

/**
 * The SDK tells of settings that it cannot use, and of spans that it drops, again and again: each kind is logged once. What it
 * cannot send, QuietExporter tells.
 */
function tellWarnings(log: Log): void {
  const told = new Set<string>();
  const nothing = (): void => undefined;
  const warn = (message: string): void => {
    const kind = message.replaceAll(/\d+/g, "");
    if (told.has(kind)) return;
    told.add(kind);
    log.warn({ reason: message }, "of the traces");
  };
  const logger = { verbose: nothing, debug: nothing, info: nothing, warn, error: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const root = rootSampler(sampler.replace("parentbased_", ""), ratio);
  return sampler.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === "always_off") return new AlwaysOffSampler();
  return name === "traceidratio" ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
}

function given({
  scheduledDelayMillis,
  exportTimeoutMillis,
  maxQueueSize,
  maxExportBatchSize,
}: TracingSettings["batch"]) {
  return {
    ...(scheduledDelayMillis !== undefined && { scheduledDelayMillis }),
    ...(exportTimeoutMillis !== undefined && { exportTimeoutMillis }),
    ...(maxQueueSize !== undefined && { maxQueueSize }),
    ...(maxExportBatchSize !== undefined && { maxExportBatchSize }),
  };
}

/** False when the collector took longer than FLUSH_MS_MAX. That it refused, QuietExporter has told. */
async function isFlushed(provider: TracerProvider): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), FLUSH_MS_MAX);
  });
  const settled = provider.shutdown().then(
    () => true,
    () => true,
  );
  const isInTime = await Promise.race([settled, late]);
  clearTimeout(timer);
  return isInTime;
}
