/** The bars, drawn by uPlot on a canvas. Its styles are set one by one on its elements, which the page's policy lets be. */
import type uPlot from "uplot";
import type { UPlot } from "./fetch-uplot.ts";
import type { Bucket, Span } from "./span.ts";
import { alignedTo, SECONDS_OF } from "./span.ts";
import type { Counted } from "./timeline.ts";
import { tickWords } from "./words.ts";

/** What is drawn. */
export interface Drawn {
  readonly span: Span;
  readonly bucket: Bucket;
  readonly buckets: readonly Counted[];
}

export interface Plot {
  draw(drawn: Drawn): void;
  /** Lays a band over a part of it; undefined takes it away. */
  mark(span: Span | undefined): void;
  /** The moment at a pixel of the window. */
  secondAt(clientX: number): number;
  /** It is of no use from then on. */
  end(): void;
}

const FONT_PX = 12;
const Y_AXIS_PX = 44;
const X_AXIS_PX = 30;
/** Between two marks of the axis, at least. */
const TICK_PX_MIN = 84;
const RADIUS_PX = 3;
const BAR_PX_MAX = 56;
/** Above the highest bar, as a share of its height. */
const HEADROOM = 0.08;

/** Fills `place`, also when its size changes, in the colours of the theme. */
export function createPlot(UPlot: UPlot, place: HTMLElement): Plot {
  let drawn: Drawn = { span: { since: 0, until: 1 }, bucket: "day", buckets: [] };
  const plot = new UPlot(
    optionsOf(UPlot, () => drawn),
    [[], []],
    place,
  );
  const band = document.createElement("div");
  band.className = "chart-band";
  plot.over.append(band);

  const sizes = new ResizeObserver(() =>
    plot.setSize({ width: place.clientWidth, height: place.clientHeight }),
  );
  sizes.observe(place);
  const theme = matchMedia("(prefers-color-scheme: dark)");
  const paint = (): void => plot.redraw();
  theme.addEventListener("change", paint);

  let marked: Span | undefined;
  const mark = (span: Span | undefined): void => {
    marked = span;
    band.hidden = span === undefined;
    if (span === undefined) return;
    const width = plot.over.clientWidth;
    const [left = 0, right = 0] = [span.since, span.until].map((at) =>
      Math.min(width, Math.max(0, plot.valToPos(at, "x"))),
    );
    band.style.left = `${left}px`;
    band.style.width = `${Math.max(2, right - left)}px`;
  };
  (plot.hooks.draw ??= []).push(() => mark(marked));

  return {
    mark,
    draw(next) {
      drawn = next;
      plot.setData([drawn.buckets.map(({ start }) => start), drawn.buckets.map(({ count }) => count)]);
    },
    secondAt: (clientX) => plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x"),
    end() {
      sizes.disconnect();
      theme.removeEventListener("change", paint);
      plot.destroy();
    },
  };
}

function optionsOf(UPlot: UPlot, drawn: () => Drawn): uPlot.Options {
  const axis = {
    font: `${FONT_PX}px ${colour("--font")}`,
    stroke: () => colour("--text-quiet"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: 1,
    height: 1,
    legend: { show: false },
    cursor: { show: false },
    tzDate: (at) => UPlot.tzDate(new Date(at * 1_000), "Etc/UTC"),
    scales: {
      x: {
        time: true,
        range: () => {
          const { since, until } = alignedTo(drawn().span, drawn().bucket);
          return [since, until];
        },
      },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max ?? 1) * (1 + HEADROOM)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: X_AXIS_PX,
        space: TICK_PX_MIN,
        values: (_plot, splits, _axis, _space, apart) => splits.map((at) => tickWords(at, apart)),
      },
      {
        ...axis,
        size: Y_AXIS_PX,
        // Of whole messages.
        incrs: Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat(),
        values: (_plot, splits) =>
          splits.map((count) => count.toLocaleString(undefined, { notation: "compact" })),
      },
    ],
    series: [
      {},
      {
        fill: () => colour("--bar"),
        width: 0,
        points: { show: false },
        paths: (plot) => barsOf(plot, drawn().bucket),
      },
    ],
  };
}

/** As wide as the time that each counts, but for a gap where there is room for one. */
function barsOf(plot: uPlot, bucket: Bucket): uPlot.Series.Paths {
  const fill = new Path2D();
  const ratio = devicePixelRatio;
  const bottom = plot.valToPos(0, "y", true);
  const [starts = [], counts = []] = plot.data;
  for (const [index, start] of starts.entries()) {
    const left = Math.round(plot.valToPos(start, "x", true));
    const wide = Math.round(plot.valToPos(start + SECONDS_OF[bucket], "x", true)) - left;
    const gap = wide > 3 * ratio ? Math.min(6 * ratio, Math.ceil(wide / 6)) : 0;
    const width = Math.max(ratio, Math.min(wide - gap, BAR_PX_MAX * ratio));
    const top = Math.min(bottom - ratio, plot.valToPos(counts[index] ?? 0, "y", true));
    const radius = Math.min(RADIUS_PX * ratio, width / 3);
    fill.roundRect(left + Math.max(0, Math.floor((wide - width) / 2)), top, width, bottom - top, [
      radius,
      radius,
      0,
      0,
    ]);
  }
  return { fill, stroke: null, clip: null, flags: 0 };
}

/** A word of styles/tokens.css, as it is in this theme. */
function colour(word: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(word);
}
