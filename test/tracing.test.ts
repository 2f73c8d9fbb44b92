/** Traces by OpenTelemetry: what a collector gets of a real service. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { post, request, signature } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { type Collector, type ReceivedSpan, startCollector } from "./support/otlp.ts";
import { logLinesOf, runProgram, startProgram } from "./support/program.ts";
import { sampleMessage, SECRET } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const OFTEN = { OTEL_BSP_SCHEDULE_DELAY: "50" };

interface Trace {
  readonly span: ReceivedSpan;
  readonly steps: readonly ReceivedSpan[];
}

/** The span of that name whose request had this id, and those of its steps in the order of time. */
async function traceOf(collector: Collector, id: string): Promise<Trace> {
  const span = await eventually(`the span of ${id}`, () =>
    collector.spans.find(({ attributes }) => attributes["lyftr.request_id"] === id),
  );
  const steps = collector.spans.filter(({ parentId }) => parentId === span.spanId);
  return { span, steps: steps.toSorted((a, b) => Number(a.startNanos - b.startNanos)) };
}

/** Each step begins where the one before ends, and all lie within the request. */
function assertOneAfterTheOther({ span, steps }: Trace): void {
  const times = steps.flatMap(({ startNanos, endNanos }) => [startNanos, endNanos]);
  const all = [span.startNanos, ...times, span.endNanos];
  assert.deepEqual(
    all,
    all.toSorted((a, b) => Number(a - b)),
  );
}

test("a collector gets a span for each request and its steps, in the sender's trace, and nothing that is private", async (t) => {
  const collector = await startCollector(t);
  const program = await startProgram(t, {
    cwd: tempFolder(t),
    env: {
      ...OFTEN,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20of-the-collector",
      OTEL_SERVICE_NAME: "inbox-1",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    },
  });
  const [traceId, parentId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  const message = sampleMessage({
    message_id: "traced",
    text: "SECRET-TEXT",
    from: "+4917012345",
    to: "+4417012345",
  });
  const { status } = await post(program.url, message, {
    traceparent: `00-${traceId}-${parentId}-01`,
    "x-request-id": "of-the-webhook",
  });
  assert.equal(status, 200);
  const headers = { "x-request-id": "of-the-read" };
  await request(`${program.url}/messages?from=%2B4917012345&q=SECRET-NEEDLE`, { headers });
  await request(`${program.url}/messages/traced`, { headers: { "x-request-id": "of-one" } });
  await request(`${program.url}/stats/timeline`, { headers: { "x-request-id": "of-timeline" } });

  const webhook = await traceOf(collector, "of-the-webhook");
  assert.deepEqual(
    [
      webhook.span.name,
      webhook.span.kind,
      webhook.span.traceId,
      webhook.span.parentId,
      webhook.span.statusCode,
    ],
    ["POST /webhook", 2, traceId, parentId, 0],
  );
  assert.deepEqual(webhook.span.attributes, {
    "http.request.method": "POST",
    "url.scheme": "http",
    "http.route": "/webhook",
    "http.response.status_code": 200,
    "lyftr.request_id": "of-the-webhook",
    "lyftr.message_id": "traced",
    "lyftr.result": "created",
  });
  assert.deepEqual(
    webhook.steps.map(({ name }) => name),
    ["verify", "parse", "wait", "commit"],
  );
  assert.deepEqual(webhook.steps.at(-1)?.attributes, { "lyftr.batch.messages": 1 });
  assert.deepEqual(new Set(webhook.steps.map((step) => step.traceId)), new Set([traceId]));
  assertOneAfterTheOther(webhook);
  const { resource } = webhook.span;
  assert.deepEqual([resource["service.name"], resource["deployment.environment.name"]], ["inbox-1", "test"]);
  assert.ok(resource["service.version"] !== undefined && resource["service.instance.id"] !== undefined);

  const read = await traceOf(collector, "of-the-read");
  assert.deepEqual([read.span.name, read.span.parentId], ["GET /messages", ""]);
  assert.deepEqual(
    read.steps.map(({ name }) => name),
    ["store.find"],
  );
  const one = await traceOf(collector, "of-one");
  assert.deepEqual([one.span.name, one.steps[0]?.name], ["GET /messages/{message_id}", "store.get"]);
  assert.equal((await traceOf(collector, "of-timeline")).steps[0]?.name, "store.timeline");

  assert.equal(await program.stop("SIGTERM"), 0);
  for (const { path, headers: sent } of collector.requests) {
    assert.equal(path, "/v1/traces");
    assert.equal(sent["authorization"], "Bearer of-the-collector");
  }
  const raw = collector.raw();
  const secrets = ["SECRET", "4917012345", "4417012345", SECRET, signature(JSON.stringify(message))];
  for (const secret of secrets) assert.ok(!raw.includes(secret), secret);
  const line = logLinesOf(program).find((each) => each["request_id"] === "of-the-webhook");
  assert.equal(line?.["trace_id"], traceId);
});

test("refusals and failures are told; probes, and what the sampler leaves out, are not", async (t) => {
  const collector = await startCollector(t);
  const cwd = tempFolder(t);
  // What .env says counts as well.
  writeFileSync(
    join(cwd, ".env"),
    `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${collector.url}/elsewhere\nOTEL_TRACES_SAMPLER=parentbased_always_off\n`,
  );
  const program = await startProgram(t, { cwd, env: OFTEN });
  const sampled = (id: string): Record<string, string> => ({
    "x-request-id": id,
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  });
  await request(`${program.url}/messages`, { headers: { "x-request-id": "not-sampled" } });
  await request(`${program.url}/health/ready`, { headers: sampled("probe") });
  await post(program.url, sampleMessage(), { ...sampled("forged"), "x-signature": "0".repeat(64) });
  await request(`${program.url}/no/such/+4917012345`, { headers: sampled("nowhere"), method: "PURGE" });
  await request(`${program.url}/messages?limit=0`, { headers: sampled("wrong") });

  const forged = await traceOf(collector, "forged");
  assert.deepEqual(
    [forged.span.attributes["http.response.status_code"], forged.span.attributes["lyftr.result"]],
    [401, "invalid_signature"],
  );
  // To refuse is no error of the service.
  assert.deepEqual([forged.span.statusCode, forged.steps.map(({ name }) => name)], [0, ["verify"]]);
  const nowhere = await traceOf(collector, "nowhere");
  assert.deepEqual([nowhere.span.name, nowhere.span.attributes["http.request.method"]], ["HTTP", "_OTHER"]);
  assert.equal((await traceOf(collector, "wrong")).span.attributes["http.response.status_code"], 422);
  assert.deepEqual(new Set(collector.requests.map(({ path }) => path)), new Set(["/elsewhere"]));
  assert.equal(await program.stop("SIGTERM"), 0);
  const ids = new Set(collector.spans.map(({ attributes }) => attributes["lyftr.request_id"]));
  assert.ok(!ids.has("not-sampled") && !ids.has("probe"));
  assert.ok(!collector.raw().includes("4917012345"));
});

test("without an endpoint nothing of OpenTelemetry is loaded", async (t) => {
  const cwd = tempFolder(t);
  const trace = join(cwd, "loaded");
  const loaded = (): string => readFileSync(trace, "utf8");
  const hook = join(cwd, "hook.mjs");
  writeFileSync(
    hook,
    `import { registerHooks } from "node:module"; import { appendFileSync } from "node:fs";
     registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(trace)}, url + "\\n"); return next(url, context); } });`,
  );
  const collector = await startCollector(t);
  for (const [env, isLoaded] of [
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: "true" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_EXPORTER: "none" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, true],
  ] as const) {
    writeFileSync(trace, "");
    const program = await startProgram(t, { cwd, env: { ...env, NODE_OPTIONS: `--import=${hook}` } });
    await post(program.url, sampleMessage());
    await program.stop("SIGTERM");
    assert.ok(loaded().includes("src/main.ts"));
    // The package of the metrics loads the API, which is of no weight.
    const isThere = /@opentelemetry\/(?!api\/)|src\/tracing\//.test(loaded());
    assert.equal(isThere, isLoaded, JSON.stringify(env));
  }
});

test("wrong settings of OpenTelemetry are told by name at the start, without what may be a password", async (t) => {
  const { code, stderr } = await runProgram(["serve"], {
    cwd: tempFolder(t),
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:s3cret@host",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_TRACES_SAMPLER: "some",
      OTEL_TRACES_SAMPLER_ARG: "2",
      OTEL_PROPAGATORS: "b3",
      OTEL_BSP_MAX_QUEUE_SIZE: "0",
    },
  });
  assert.equal(code, 2);
  for (const name of [
    "ENDPOINT",
    "TRACES_SAMPLER:",
    "SAMPLER_ARG",
    "PROPAGATORS",
    "QUEUE_SIZE",
    "PROTOCOL",
  ]) {
    assert.match(stderr, new RegExp(name));
  }
  assert.ok(!stderr.includes("s3cret"));
});
