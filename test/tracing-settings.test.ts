import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../src/config.ts";
import { REQUIRED } from "./support/settings.ts";

test("tracing is on with an endpoint, with OpenTelemetry's own settings", () => {
  const endpoint = { ...REQUIRED, OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
  const { sampler, ratio, takesParent, batch, variables } = readConfig(endpoint).tracing ?? assert.fail();
  assert.deepEqual([sampler, ratio, takesParent], ["parentbased_always_on", 1, true]);
  assert.deepEqual(new Set(Object.values(batch)), new Set([undefined]));
  assert.deepEqual(variables, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" });
  const other = readConfig({
    ...REQUIRED,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://collector/v1/traces",
    OTEL_TRACES_SAMPLER: "TraceIdRatio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
    OTEL_PROPAGATORS: "baggage",
    OTEL_BSP_MAX_QUEUE_SIZE: "100",
  }).tracing;
  assert.deepEqual([other?.sampler, other?.ratio, other?.takesParent], ["traceidratio", 0.25, false]);
  assert.equal(other?.batch.maxQueueSize, 100);
  for (const off of [
    { OTEL_SDK_DISABLED: "TRUE" },
    { OTEL_TRACES_EXPORTER: "none" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "" },
  ]) {
    assert.equal(readConfig({ ...endpoint, ...off }).tracing, undefined);
  }
  assert.equal(readConfig({ ...REQUIRED, OTEL_TRACES_SAMPLER: "always_on" }).tracing, undefined);
});
