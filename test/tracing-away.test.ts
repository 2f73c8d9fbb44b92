/** Nobody waits for a collector of traces that is away. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { post, request } from "./support/client.ts";
import { deserted } from "./support/cli.ts";
import { eventually } from "./support/eventually.ts";
import { startCollector } from "./support/otlp.ts";
import { logLinesOf, startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const OFTEN = { OTEL_BSP_SCHEDULE_DELAY: "50" };

/** Spans that came before the stop are worth a second to the service, and no more. */
const STOP_MS_MAX = 5_000;

for (const [how, urlOf] of [
  ["is not there", deserted],
  [
    "takes connections and answers nothing",
    async (t: TestContext) => {
      const collector = await startCollector(t);
      collector.answerWith(0);
      return collector.url;
    },
  ],
] as const) {
  test(`a collector that ${how} delays and fails nothing, is told of once, and the service stops in time`, async (t) => {
    const program = await startProgram(t, {
      cwd: tempFolder(t),
      env: {
        ...OFTEN,
        OTEL_EXPORTER_OTLP_ENDPOINT: await urlOf(t),
        OTEL_EXPORTER_OTLP_TIMEOUT: "200",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "5",
        OTEL_BSP_MAX_QUEUE_SIZE: "20",
      },
    });
    const warnings = (): Record<string, unknown>[] =>
      logLinesOf(program).filter(({ message }) => /traces/.test(String(message)));
    let sent = 0;
    await eventually("a warning, and some batches behind it", async () => {
      const { status } = await post(program.url, sampleMessage({ message_id: `m${sent}` }));
      assert.equal(status, 200);
      sent += 1;
      return (warnings().length > 0 && sent > 100) || undefined;
    });
    const stopped = performance.now();
    assert.equal(await program.stop("SIGTERM"), 0);
    assert.ok(performance.now() - stopped < STOP_MS_MAX);
    const told = warnings();
    assert.ok(told.length <= 2, JSON.stringify(told));
    assert.equal(told.filter(({ message }) => /cannot be sent/.test(String(message))).length, 1);
    assert.match(program.stdout(), /"message":"stopped"\}\n$/);
    // Nothing but what the start tells a person.
    assert.match(program.stderr(), /^lyftr listens on \S+\n(?: {2}(?:inbox|data|docs|try) +\S.*\n)+$/);
  });
}

test("a collector that is still waited for does not keep the service from ending", async (t) => {
  const collector = await startCollector(t);
  collector.answerWith(0);
  const program = await startProgram(t, {
    cwd: tempFolder(t),
    env: { ...OFTEN, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_TIMEOUT: "60000" },
  });
  await request(`${program.url}/stats`);
  await eventually("it is asked", () => collector.requests.length > 0 || undefined);
  await request(`${program.url}/stats`);
  const stopped = performance.now();
  assert.equal(await program.stop("SIGTERM"), 0);
  assert.ok(performance.now() - stopped < STOP_MS_MAX);
  assert.match(program.stdout(), /the last traces were not sent/);
});

test("a collector that was away gets spans again, and the log says so once", async (t) => {
  const collector = await startCollector(t);
  collector.answerWith(400);
  const program = await startProgram(t, {
    cwd: tempFolder(t),
    env: { ...OFTEN, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  const told = (words: string): number => program.stdout().split(words).length - 1;
  await eventually("a refusal", async () => {
    await request(`${program.url}/stats`);
    return told("traces cannot be sent") > 0 || undefined;
  });
  collector.answerWith(200);
  await eventually("spans again", async () => {
    await request(`${program.url}/stats`);
    return told("traces are sent again") > 0 || undefined;
  });
  assert.ok(collector.spans.length > 0);
  assert.deepEqual([told("traces cannot be sent"), told("traces are sent again")], [1, 1]);
});
