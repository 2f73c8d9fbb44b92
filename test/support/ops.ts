/** The dashboard and the alerts of ops/, as they are read by Grafana and Prometheus. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PROJECT } from "./program.ts";

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: { readonly uid: string };
  }[];
}

interface Dashboard {
  readonly __inputs: readonly { readonly name: string; readonly type: string; readonly pluginId: string }[];
  readonly __requires: readonly { readonly type: string; readonly id: string }[];
  readonly id: null;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
  readonly panels: readonly Panel[];
}

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook_url", string>>;
}

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

function readOps(name: string): string {
  return readFileSync(join(PROJECT, "ops", name), "utf8");
}

export const dashboard = JSON.parse(readOps("grafana-dashboard.json")) as Dashboard;
export const { groups } = parse(readOps("prometheus-rules.yaml"), { strict: true }) as Rules;

/** What Prometheus adds to each series. */
export const OF_THE_SCRAPE = ["job", "instance"];

/** What Grafana puts in before it asks. */
export function withoutVariables(expression: string): string {
  return expression.replaceAll("$__rate_interval", "5m").replaceAll(/\$(?:job|instance)\b/g, ".+");
}
