/** Pictures of results, as SVG that stands in documents. */
import { type EChartsCoreOption, init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import type { Machine } from "./machine.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, LabelLayout, SVGRenderer]);

/** Wide enough for a README's column. */
const WIDTH = 820;
const HEIGHT = 360;
/** Of a line's name, of the names' column, and of what parts the lines from it. */
const NAME_HEIGHT = 14;
const NAMES_WIDTH = 330;
const NAMES_GAP = 12;

export interface Bars {
  readonly title: string;
  /** Below the title: the command, or whatever else tells what the figures are. */
  readonly subtitle: string;
  readonly groups: readonly string[];
  /** One value a group; null where there is none. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** A group of bars for each of `groups`, a bar in it for each of `series`, each with its figure. */
export function barPicture(
  { title, subtitle, groups, series }: Bars,
  machine: Machine,
  postgres?: string,
): string {
  return render({
    title: { text: title, subtext: `${subtitle}\n${describe(machine, postgres)}`, left: "center" },
    legend: { bottom: 0 },
    grid: { left: 60, right: 20, top: 90, bottom: 60 },
    xAxis: { type: "category", data: groups },
    yAxis: { type: "value" },
    series: series.map(({ name, values }) => ({
      type: "bar",
      name,
      data: values.map((value) => (value === null ? null : Math.round(value))),
      label: { show: true, position: "top" },
    })),
  });
}

export interface Lines {
  readonly title: string;
  readonly subtitle: string;
  readonly xName: string;
  readonly yName: string;
  /** Where the lines have their points; both axes are logarithmic. */
  readonly xs: readonly number[];
  /** One value for each of `xs`; null where there is none. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** A line for each of `series`; their names stand beside, in the order in which the lines end, with where. */
export function linePicture(
  { title, subtitle, xName, yName, xs, series }: Lines,
  machine: Machine,
  postgres?: string,
): string {
  const place = { left: 60, right: NAMES_WIDTH, top: 90, bottom: 50 };
  const byEnd = series.toSorted((a, b) => (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0));
  const height = Math.max(HEIGHT, place.top + byEnd.length * NAME_HEIGHT + place.bottom);
  const step = (height - place.top - place.bottom) / byEnd.length;
  const option = {
    title: { text: title, subtext: `${subtitle}\n${describe(machine, postgres)}`, left: "center" },
    grid: place,
    xAxis: { type: "log", name: xName, nameLocation: "middle", nameGap: 30, min: xs[0], max: xs.at(-1) },
    yAxis: { type: "log", name: yName },
    series: byEnd.map(({ name, values }, rank) => ({
      type: "line",
      name,
      data: xs.map((x, index) => [x, values[index] ?? null]),
      symbolSize: 5,
      lineStyle: { width: 1.5 },
      endLabel: { show: true, formatter: `${shown(values.at(-1))}  {a}`, color: "inherit", fontSize: 11 },
      // Most lines end close together, so that names beside their ends would cover each other.
      labelLayout: { x: WIDTH - NAMES_WIDTH + NAMES_GAP, y: place.top + (rank + 0.5) * step },
    })),
  };
  return render(option, height);
}

function shown(value: number | null | undefined): string {
  return typeof value === "number" ? String(Number(value.toPrecision(2))) : "-";
}

function describe({ cpu, cores, node, sqlite, commit, date }: Machine, postgres: string | undefined): string {
  const engine = postgres === undefined ? `SQLite ${sqlite}` : `PostgreSQL ${postgres}`;
  return `${cores} cores ${cpu}, Node ${node}, ${engine}, commit ${commit}, ${date}`;
}

function render(option: EChartsCoreOption, height = HEIGHT): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  // White behind it, so that it can be read on a dark page too.
  chart.setOption({ animation: false, backgroundColor: "#ffffff", ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
