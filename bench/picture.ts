/** Pictures of results, as SVG that stands in documents. */
import { type EChartsCoreOption, init, use } from "echarts/core";
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import type { Machine } from "./machine.ts";

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Wide enough for a README's column. */
const WIDTH = 820;
const HEIGHT = 360;

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

function describe({ cpu, cores, node, sqlite, commit, date }: Machine): string {
  return `${cores} cores ${cpu}, Node ${node}, SQLite ${sqlite}, commit ${commit}, ${date}`;
}

function render(option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  // White behind it, so that it can be read on a dark page too.
  chart.setOption({ animation: false, backgroundColor: "#ffffff", ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
