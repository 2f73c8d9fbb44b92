import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { UPlot } from "./fetch-uplot.ts";
import { createPlot, type Drawn, type Plot } from "./plot.ts";
import { brushed, floorTo, SECONDS_OF, type Span } from "./span.ts";

/** A pointer that moved less was meant to click. */
const BRUSH_PX_MIN = 5;

interface Props {
  readonly uPlot: UPlot;
  readonly drawn: Drawn;
  /** The first second of the bucket that is told about. */
  readonly active: number | undefined;
  readonly onActive: (start: number) => void;
  /** The one below the pointer. */
  readonly onHover: (start: number | undefined) => void;
  /** To the messages of a bucket. */
  readonly onOpen: (start: number) => void;
  readonly onBrush: (span: Span) => void;
  readonly onZoom: (factor: number) => void;
  readonly onMove: (by: number) => void;
}

/** The bars: a pointer brushes a part of the time or clicks a bar, and keys do the same. */
export function Chart(props: Props): VNode {
  const { drawn, active } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [brush, setBrush] = useState<Span>();
  useEffect(() => {
    if (place.current === null) return undefined;
    const created = createPlot(props.uPlot, place.current);
    plot.current = created;
    return () => created.end();
  }, []);
  useEffect(() => plot.current?.draw(drawn), [drawn]);
  useEffect(() => {
    plot.current?.mark(brush ?? (active === undefined ? undefined : bucketAt(active, drawn)));
  }, [brush, active, drawn]);
  return (
    <div
      ref={place}
      class="chart"
      role="application"
      aria-label="Messages over time"
      aria-describedby="chart-keys"
      tabIndex={0}
      onKeyDown={(event) => onKey(event, props)}
      {...pointing(props, plot, setBrush)}
    />
  );
}

/** Where the pointer went down, until it is up again. */
let pressed: { x: number; second: number } | undefined;

function pointing(
  { drawn, active, onActive, onHover, onOpen, onBrush }: Props,
  plot: { readonly current: Plot | null },
  setBrush: (span: Span | undefined) => void,
) {
  const unit = SECONDS_OF[drawn.bucket];
  const secondAt = (event: PointerEvent): number => plot.current?.secondAt(event.clientX) ?? 0;
  const within = (second: number): number =>
    Math.min(drawn.span.until - 1, Math.max(drawn.span.since, second));
  const isBrush = (event: PointerEvent): boolean =>
    pressed !== undefined && Math.abs(event.clientX - pressed.x) >= BRUSH_PX_MIN;
  const leave = (): void => {
    pressed = undefined;
    setBrush(undefined);
  };
  return {
    onPointerDown(event: PointerEvent & { readonly currentTarget: HTMLElement }): void {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pressed = { x: event.clientX, second: within(secondAt(event)) };
    },
    onPointerMove(event: PointerEvent): void {
      if (pressed !== undefined && isBrush(event))
        setBrush(brushed(pressed.second, within(secondAt(event)), drawn.bucket));
      if (event.pointerType === "mouse") onHover(floorTo(within(secondAt(event)), unit));
    },
    onPointerUp(event: PointerEvent): void {
      if (pressed === undefined) return;
      const start = floorTo(pressed.second, unit);
      if (isBrush(event)) onBrush(brushed(pressed.second, within(secondAt(event)), drawn.bucket));
      // A finger covers many bars: it chooses one first.
      else if (event.pointerType === "mouse" || start === active) onOpen(start);
      else onActive(start);
      leave();
    },
    onPointerCancel: leave,
    onPointerLeave(event: PointerEvent): void {
      if (event.pointerType === "mouse" && pressed === undefined) onHover(undefined);
    },
  };
}

function onKey(event: KeyboardEvent, props: Props): void {
  const { active, onOpen, onZoom, onMove } = props;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => step(props, -1),
    ArrowRight: () => step(props, 1),
    Home: () => step(props, -Infinity),
    End: () => step(props, Infinity),
    PageUp: () => onMove(-1),
    PageDown: () => onMove(1),
    "+": () => onZoom(0.5),
    "=": () => onZoom(0.5),
    "-": () => onZoom(2),
    ...(active !== undefined && { Enter: () => onOpen(active) }),
  };
  const action = actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

/** To the next bucket that has messages; from none, to the last. */
function step({ drawn, active, onActive }: Props, by: number): void {
  const starts = drawn.buckets.map(({ start }) => start);
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined) return;
  if (by === -Infinity) onActive(first);
  else if (by === Infinity || active === undefined) onActive(last);
  else if (by > 0) onActive(starts.find((start) => start > active) ?? last);
  else onActive(starts.findLast((start) => start < active) ?? first);
}

function bucketAt(start: number, { bucket }: Drawn): Span {
  return { since: start, until: start + SECONDS_OF[bucket] };
}
