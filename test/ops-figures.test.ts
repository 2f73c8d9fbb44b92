/** The dashboard and the alerts in ops/ ask for nothing but what the running service tells, on either engine. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { post, request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { eventually } from "./support/eventually.ts";
import { dashboard, groups, OF_THE_SCRAPE, withoutVariables } from "./support/ops.ts";
import { parsePrometheus, type Sample } from "./support/prometheus.ts";
import { parsePromql } from "./support/promql.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

/** Rows of the dashboard and groups of rules that are of one engine; all others are of both. */
const OF_ONE_ENGINE: Readonly<Record<string, string>> = {
  SQLite: "SQLite",
  PostgreSQL: "PostgreSQL",
  "lyftr-sqlite": "SQLite",
  "lyftr-postgres": "PostgreSQL",
};

interface Asked {
  readonly where: string;
  /** Undefined: of both. */
  readonly engine: string | undefined;
  readonly expression: string;
}

function asked(): Asked[] {
  let row = "";
  const ofPanels = dashboard.panels.flatMap(({ type, title, targets = [] }) => {
    if (type === "row") row = title;
    const engine = OF_ONE_ENGINE[row];
    return targets.map(({ expr }) => ({ where: title, engine, expression: withoutVariables(expr) }));
  });
  const ofVariables = dashboard.templating.list.map(({ name, definition }) => {
    const selector = /^label_values\((.*), \w+\)$/.exec(definition)?.[1] ?? assert.fail(definition);
    return { where: name, engine: undefined, expression: withoutVariables(selector) };
  });
  const ofRules = groups.flatMap(({ name, rules }) =>
    rules.map(({ alert, expr }) => ({ where: alert, engine: OF_ONE_ENGINE[name], expression: expr })),
  );
  return [...ofPanels, ...ofVariables, ...ofRules];
}

/** The service runs in this process: what is made here is collected there. */
function makeGarbage(): number {
  return Array.from({ length: 100_000 }, (_, index) => ({ index })).length;
}

/** What a service says that took a message, refused some and was read. */
async function scrapeBusy(t: TestContext, engine: (typeof ENGINES)[number]): Promise<readonly Sample[]> {
  const { url } = await startTestService(t, { store: await engine.locate(t) });
  await post(url, sampleMessage());
  await post(url, "{}");
  await post(url, sampleMessage(), { "x-signature": "0".repeat(64) });
  await request(`${url}/messages`);
  return eventually("the requests are counted, and garbage was collected once", async () => {
    makeGarbage();
    const samples = parsePrometheus((await request(`${url}/metrics`)).text);
    const counted = samples.filter(({ name }) => name === "http_requests_total");
    const isCollected = samples.some(({ name }) => name === "nodejs_gc_duration_seconds_sum");
    return counted.length >= 4 && isCollected ? samples : undefined;
  });
}

/** That a matcher asks for, where it names them. */
function valuesOf(operator: string, value: string): string[] {
  if (operator === "=") return [value];
  return operator === "=~" && /^[\w|]+$/.test(value) ? value.split("|") : [];
}

function assertAnswers({ where, expression }: Asked, samples: readonly Sample[]): void {
  const { selectors, grouping } = parsePromql(expression);
  const known = new Set(OF_THE_SCRAPE);
  for (const { metric, matchers } of selectors) {
    // Of the scrape itself, so that no service tells it.
    if (metric === "up") continue;
    const series = samples.filter(({ name }) => name === metric);
    assert.ok(series.length > 0, `${where}: no figure ${metric}`);
    const labels = Object.keys(series[0]?.labels ?? {});
    for (const label of labels) known.add(label);
    for (const { label, operator, value } of matchers) {
      if (OF_THE_SCRAPE.includes(label)) continue;
      assert.ok(labels.includes(label), `${where}: ${metric} has no label ${label}`);
      // A status is there once it was answered.
      if (label === "status") continue;
      for (const one of valuesOf(operator, value))
        assert.ok(
          series.some(({ labels: told }) => told[label] === one),
          `${where}: ${metric} is never ${label}="${one}"`,
        );
    }
  }
  for (const label of grouping) assert.ok(known.has(label), `${where}: nothing has the label ${label}`);
}

test("wherever wrong signatures are counted, so are those beyond the rate of one address", () => {
  const results = asked().flatMap(({ where, expression }) =>
    parsePromql(expression).selectors.flatMap(({ matchers }) =>
      matchers
        .filter(({ label, value }) => label === "result" && value.includes("invalid_signature"))
        .map(({ operator, value }) => `${where}: result${operator}${value}`),
    ),
  );
  assert.ok(results.length >= 3);
  for (const each of results) assert.match(each, /: result=~invalid_signature\|rate_limited$/);
});

for (const engine of ENGINES) {
  test(`every figure and label that the dashboard and the alerts ask for is told with ${engine.name}`, async (t) => {
    const samples = await scrapeBusy(t, engine);
    const all = asked();
    assert.ok(all.length > 60);
    for (const each of all) {
      if (each.engine === undefined || each.engine === engine.name) assertAnswers(each, samples);
    }
  });

  test(`what is told of one engine alone is not told with another: ${engine.name}`, async (t) => {
    const samples = await scrapeBusy(t, engine);
    const names = new Set(samples.map(({ name }) => name));
    const foreign = asked().filter((each) => each.engine !== undefined && each.engine !== engine.name);
    assert.ok(foreign.length >= 3);
    for (const { where, expression } of foreign) {
      for (const { metric, matchers } of parsePromql(expression).selectors) {
        assert.ok(!names.has(metric), `${where}: ${metric}{${matchers.length}} is there, so it is of both`);
      }
    }
  });
}

test("a mistake in an expression, a name, a label or a value would be found", async (t) => {
  const samples = await scrapeBusy(t, ENGINES[0] ?? assert.fail());
  for (const [wrong, words] of [
    ["sum(rate(service_ready[5m])", /not PromQL/],
    ["sum by (le) rate(service_ready[5m])", /not PromQL/],
    ["service_redy", /no figure service_redy/],
    ['webhook_requests_total{outcome="created"}', /no label outcome/],
    ['webhook_requests_total{result="creatd"}', /never result="creatd"/],
    ['webhook_requests_total{result=~"created|duplicat"}', /never result="duplicat"/],
    ["sum by (reslt) (webhook_requests_total)", /the label reslt/],
  ] as const) {
    const expression = { where: "here", engine: undefined, expression: wrong };
    assert.throws(() => assertAnswers(expression, samples), words);
  }
});
