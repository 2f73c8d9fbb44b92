/** The dashboard and the alerts in ops/ can be loaded, and say what an operator needs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dashboard, groups, OF_THE_SCRAPE, type Panel, type Rule, withoutVariables } from "./support/ops.ts";
import { PROJECT } from "./support/program.ts";
import { parsePromql } from "./support/promql.ts";

function assertSideBySide(panels: readonly Panel[]): void {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    const { x: left, y: top, w: width, h: height } = gridPos;
    assert.ok(title !== "" && width > 0 && height > 0 && left >= 0 && left + width <= 24);
    for (let cell = 0; cell < width * height; cell += 1) {
      const place = `${left + (cell % width)} ${top + Math.floor(cell / width)}`;
      assert.ok(!taken.has(place), `${title} lies on ${taken.get(place)}`);
      taken.set(place, title);
    }
  }
}

function assertComplete({ title, description = "", datasource, fieldConfig, targets = [] }: Panel): void {
  assert.deepEqual(datasource, { type: "prometheus", uid: "${DS_PROMETHEUS}" }, title);
  assert.ok(description.length > 10 && fieldConfig?.defaults.unit !== undefined, title);
  assert.ok(targets.length > 0 && new Set(targets.map(({ refId }) => refId)).size === targets.length, title);
  for (const { expr, legendFormat, datasource: source } of targets) {
    assert.equal(source.uid, "${DS_PROMETHEUS}", title);
    const { selectors, grouping } = parsePromql(withoutVariables(expr));
    for (const { metric, matchers } of selectors) {
      // A dashboard that shows one process must not add up all of them.
      const labels = new Set(matchers.map(({ label }) => label));
      assert.ok(
        OF_THE_SCRAPE.every((label) => labels.has(label)),
        `${title}: ${metric} is of every process`,
      );
    }
    for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      assert.ok(grouping.includes(label), `${title}: its legend names ${label}, which ${expr} has dropped`);
    }
  }
}

test("the dashboard can be imported: one data source, panels that lie side by side, each with title, unit and words", () => {
  const { __inputs: inputs, __requires: requires, panels, uid, id, schemaVersion } = dashboard;
  assert.deepEqual(
    inputs.map(({ name, type, pluginId }) => [name, type, pluginId]),
    [["DS_PROMETHEUS", "datasource", "prometheus"]],
  );
  assert.deepEqual([uid, id], ["lyftr", null]);
  assert.ok(Number.isInteger(schemaVersion) && schemaVersion >= 36);
  assert.deepEqual(
    new Set(panels.map(({ type }) => type)),
    new Set(["row", ...requires.filter(({ type }) => type === "panel").map((each) => each.id)]),
  );
  assert.equal(new Set(panels.map((panel) => panel.id)).size, panels.length);
  assertSideBySide(panels);
  for (const panel of panels) if (panel.type !== "row") assertComplete(panel);
});

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  const text = readFileSync(join(PROJECT, path), "utf8");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function assertTold({ alert, expr, annotations }: Rule): void {
  const { summary, description, runbook_url: runbook, ...more } = annotations;
  assert.deepEqual(more, {}, alert);
  assert.ok(summary.length > 20 && description.length > 40, alert);
  const [path = "", anchor = ""] = runbook.split("#");
  assert.ok(anchorsOf(path).includes(anchor), `${alert}: ${runbook} leads nowhere`);
  const { grouping } = parsePromql(expr);
  if (!/\b(?:sum|max|min|histogram_quantile)\b/.test(expr)) return;
  for (const [, label = ""] of `${summary} ${description}`.matchAll(/\$labels\.(\w+)/g)) {
    assert.ok(grouping.includes(label), `${alert} names ${label}, which ${expr} has dropped`);
  }
}

test("each alert says what it is, what to do, and where to read on", () => {
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 15);
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const rule of rules) {
    const { alert, expr: _expr, for: pending = "0s", labels, annotations: _annotations, ...others } = rule;
    assert.deepEqual(others, {}, alert);
    assert.match(alert, /^Lyftr[A-Z]\w+$/);
    assert.match(pending, /^\d+[smhd]$/);
    assert.ok(["page", "warning"].includes(labels.severity), alert);
    assertTold(rule);
  }
  assert.deepEqual(
    new Set(groups.map(({ name }) => name)),
    new Set(["lyftr", "lyftr-sqlite", "lyftr-postgres"]),
  );
});

test("every alert stands in docs/operations.md with what it means", () => {
  const text = readFileSync(join(PROJECT, "docs", "operations.md"), "utf8");
  for (const { alert } of groups.flatMap((group) => group.rules)) {
    assert.ok(text.includes(`\`${alert}\``), alert);
  }
});
