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
/** Of a line's name at its end, and of the names' column. */
const NAME_HEIGHT = 16;
const NAME_WIDTH = 290;

export interface Bars {
  readonly title: string;
  /** Below the title: the command, or whatever else tells what the figures are. */
  readonly subtitle: string;
  readonly groups: readonly string[];
  /** One value a group; null where there is none. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** A group of bars for each of `groups`, a bar in it for each of `series`, each with its figure. */
export function barPicture({ title, subtitle, groups, series }: Bars, machine: Machine): string {
  return render({
    title: { text: title, subtext: `${subtitle}\n${describe(machine)}`, left: "center" },
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

/** A line for each of `series`, with its name where it ends. */
export function linePicture({ title, subtitle, xName, yName, xs, series }: Lines, machine: Machine): string {
  const option = {
    title: { text: title, subtext: `${subtitle}\n${describe(machine)}`, left: "center" },
    grid: { left: 60, right: NAME_WIDTH, top: 90, bottom: 50 },
    xAxis: { type: "log", name: xName, nameLocation: "middle", nameGap: 30, min: xs[0], max: xs.at(-1) },
    yAxis: { type: "log", name: yName },
    series: series.map(({ name, values }) => ({
      type: "line",
      name,
      data: xs.map((x, index) => [x, values[index] ?? null]),
      symbolSize: 5,
      lineStyle: { width: 1.5 },
      endLabel: { show: true, formatter: "{a}", color: "inherit", fontSize: 11 },
      labelLayout: { moveOverlap: "shiftY" },
    })),
  };
  return render(option, Math.max(HEIGHT, 160 + series.length * NAME_HEIGHT));
}

function describe({ cpu, cores, node, sqlite, commit, date }: Machine): string {
  return `${cores} cores ${cpu}, Node ${node}, SQLite ${sqlite}, commit ${commit}, ${date}`;
}

function render(option: EChartsCoreOption, height = HEIGHT): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  // White behind it, so that it can be read on a dark page too.
  chart.setOption({ animation: false, backgroundColor: "#ffffff", ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
