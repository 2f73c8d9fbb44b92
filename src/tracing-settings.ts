/**
 * Where traces go, and which: OpenTelemetry's own variables (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables).
 * Those of the exporter and of the resource, the SDK reads itself; the others it leaves to us.
 */
import { InvalidSetting } from "./invalid-setting.ts";
import { type Environment, parseInteger, type Settings } from "./settings.ts";

const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
type SamplerName = (typeof SAMPLERS)[number];

const ENDPOINTS = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/** A delay or timeout beyond this is a mistake in the unit. */
const BATCH_MS_MAX = 600_000;
/** Spans in memory, at about 1 KB each. */
const QUEUE_SPANS_MAX = 1_000_000;

export interface TracingSettings {
  readonly sampler: SamplerName;
  /** Of traces, 0 to 1; of the samplers that take a part of them. */
  readonly ratio: number;
  /** The sender's `traceparent` is taken up. */
  readonly takesParent: boolean;
  /** As BatchSpanProcessor names them; undefined leaves it to the SDK. */
  readonly batch: {
    readonly scheduledDelayMillis: number | undefined;
    readonly exportTimeoutMillis: number | undefined;
    readonly maxQueueSize: number | undefined;
    readonly maxExportBatchSize: number | undefined;
  };
  /** Every variable of OpenTelemetry, for the SDK. May hold a credential (…_HEADERS). */
  readonly variables: Readonly<Record<string, string>>;
}

/** Undefined where no endpoint is set, or tracing is switched off. What is wrong, `settings` gathers. */
export function readTracing(settings: Settings, environment: Environment): TracingSettings | undefined {
  for (const name of ENDPOINTS) settings.read(name, "", parseEndpoint);
  const isOff =
    settings.read("OTEL_SDK_DISABLED", "false", (value) => value.toLowerCase()) === "true" ||
    settings.read("OTEL_TRACES_EXPORTER", "otlp", (value) => oneOf(["otlp", "none"], value)) === "none";
  if (isOff || ENDPOINTS.every((name) => (environment[name] ?? "") === "")) return undefined;
  for (const name of ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"]) {
    settings.read(name, "", (value) => oneOf(["http/protobuf"], value));
  }
  const count = (name: string, max: number): number | undefined =>
    settings.read(name, undefined, (value) => parseInteger(value, "a number", 1, max));
  return {
    sampler: settings.read("OTEL_TRACES_SAMPLER", "parentbased_always_on", (value) => oneOf(SAMPLERS, value)),
    ratio: settings.read("OTEL_TRACES_SAMPLER_ARG", 1, parseRatio),
    takesParent: settings.read("OTEL_PROPAGATORS", true, parsePropagators),
    batch: {
      scheduledDelayMillis: count("OTEL_BSP_SCHEDULE_DELAY", BATCH_MS_MAX),
      exportTimeoutMillis: count("OTEL_BSP_EXPORT_TIMEOUT", BATCH_MS_MAX),
      maxQueueSize: count("OTEL_BSP_MAX_QUEUE_SIZE", QUEUE_SPANS_MAX),
      maxExportBatchSize: count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", QUEUE_SPANS_MAX),
    },
    variables: variablesOf(environment),
  };
}

function variablesOf(environment: Environment): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith("OTEL_") && value !== undefined) variables[name] = value;
  }
  return variables;
}

function parseEndpoint(value: string): string {
  if (/^https?:$/.test(URL.parse(value)?.protocol ?? "")) return value;
  // Not repeated: it may hold a password.
  throw new InvalidSetting("must be an http or https URL");
}

function parseRatio(value: string): number {
  const ratio = Number(value);
  if (value.trim() !== "" && ratio >= 0 && ratio <= 1) return ratio;
  throw new InvalidSetting(`must be a number from 0 to 1, not "${value}"`);
}

function parsePropagators(value: string): boolean {
  const names = value.split(",").map((name) => oneOf(["tracecontext", "baggage", "none"], name.trim()));
  return names.includes("tracecontext");
}

function oneOf<T extends string>(allowed: readonly T[], value: string): T {
  const found = allowed.find((one) => one === value.toLowerCase());
  if (found === undefined) throw new InvalidSetting(`must be ${allowed.join(", ")}, not "${value}"`);
  return found;
}
