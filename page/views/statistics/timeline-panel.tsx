import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Stats } from "../../../src/message.ts";
import type { Timeline } from "../../../src/stats-schemas.ts";
import { get } from "../../api.ts";
import { counted } from "../../counted.ts";
import { IconButton } from "../../icon-button.tsx";
import { formatRoute, goTo } from "../../route.ts";
import { Trouble } from "../../trouble.tsx";
import { RECENT } from "../../recent.ts";
import { type Answered, useAsked, useLast } from "../../use-answer.ts";
import { Chart } from "./chart.tsx";
import type { UPlot } from "./fetch-uplot.ts";
import type { Drawn } from "./plot.ts";
import {
  addressOf,
  type Asked,
  askedOf,
  type Bucket,
  bucketOf,
  canBeHours,
  instantOf,
  moved,
  SECONDS_OF,
  type Span,
  spanOf,
  wholeSpan,
  zoomed,
} from "./span.ts";
import { TimelineTable } from "./timeline-table.tsx";
import { readTimeline } from "./timeline.ts";
import { bucketWords, spanWords } from "./words.ts";

/** What was at the end is in the middle then. */
const MOVED_BY = 0.5;

interface Props {
  readonly stats: Stats;
  readonly parameters: Readonly<Record<string, string>>;
  readonly uPlot: Answered<UPlot>;
}

/** Messages over time. What is shown of it is in the address. */
export function TimelinePanel({ stats, parameters, uPlot }: Props): VNode {
  const asked = askedOf(parameters);
  const whole = wholeSpan(stats.first_message_ts ?? "", stats.last_message_ts ?? "");
  const named = spanOf(asked, whole);
  const span = named ?? whole;
  const bucket = bucketOf(asked.bucket, span);
  const key = JSON.stringify([asked, bucket, stats.total_messages, stats.last_message_ts]);
  const answer = useAsked(key, async (signal): Promise<Drawn> => {
    const question = { bucket, since: asked.since, until: asked.until };
    const ask = async (one: typeof question): Promise<Timeline> =>
      (await get<Timeline>("stats/timeline", one, signal, RECENT)).body;
    return { span, bucket, buckets: await readTimeline(ask, question, span) };
  });
  const drawn = useLast(answer.body);
  const [at, setAt] = useAt(JSON.stringify([asked, bucket]));
  const [hovered, setHovered] = useAt(JSON.stringify([asked, bucket]));

  const show = (next: Partial<Asked>): void =>
    goTo({ view: "statistics", parameters: { ...asked, ...next } });
  const showSpan = (next: Span): void => show({ ...addressOf(next, whole), bucket: "" });
  const zoom = (factor: number): void => showSpan(zoomed(span, factor, at ?? (span.since + span.until) / 2));
  return (
    <section class="panel" aria-labelledby="timeline-title">
      <div class="panel-head">
        <div>
          <h2 id="timeline-title">Messages over time</h2>
          <p class="panel-sum">{drawn !== undefined && <Sum drawn={drawn} asked={asked} />}</p>
        </div>
        <Controls {...{ asked, span, bucket, show, zoom }} onMove={(by) => showSpan(moved(span, by))} />
      </div>
      {answer.failure !== undefined && <Trouble failure={answer.failure} again={answer.again} />}
      {/* After an upgrade it has another name; and browsers remember that a script could not be had. */}
      {uPlot.failure !== undefined && <Trouble failure={uPlot.failure} again={() => location.reload()} />}
      <Body
        isTime={named !== undefined}
        hasFailed={answer.failure !== undefined}
        drawn={uPlot.body === undefined && uPlot.failure === undefined ? undefined : drawn}
      >
        {(bars) => (
          <>
            {uPlot.body !== undefined && (
              <Chart
                uPlot={uPlot.body}
                drawn={bars}
                active={hovered ?? at}
                onActive={setAt}
                onHover={setHovered}
                onOpen={(start) => goTo(routeOf(asked, bars, start))}
                onBrush={showSpan}
                onZoom={zoom}
                onMove={(by) => showSpan(moved(span, by))}
              />
            )}
            <Told drawn={bars} asked={asked} start={hovered ?? at} />
            <TimelineTable drawn={bars} hrefOf={(start) => formatRoute(routeOf(asked, bars, start))} />
          </>
        )}
      </Body>
    </section>
  );
}

interface BodyProps {
  /** Whether the address names a time. */
  readonly isTime: boolean;
  readonly hasFailed: boolean;
  /** Once it is there, and with what draws it, if that can be had at all: the table needs nothing. */
  readonly drawn: Drawn | undefined;
  readonly children: (drawn: Drawn) => VNode;
}

/** The bars, or what stands in their place. */
function Body({ isTime, hasFailed, drawn, children }: BodyProps): VNode | null {
  if (isTime && drawn !== undefined) return children(drawn);
  if (hasFailed) return null;
  if (isTime) return <div class="chart-place" aria-hidden="true" />;
  return <p class="hint">This address names a time that ends before it begins.</p>;
}

/** A bucket that is pointed at, for as long as what is shown is the same. */
function useAt(shown: string): [start: number | undefined, set: (start: number | undefined) => void] {
  const [at, setAt] = useState<{ shown: string; start: number | undefined }>();
  return [at?.shown === shown ? at.start : undefined, (start) => setAt({ shown, start })];
}

/** How many there are in what is shown, each a click from the messages themselves. */
function Sum({ drawn, asked: { since, until } }: { drawn: Drawn; asked: Asked }): VNode {
  const { span, bucket, buckets } = drawn;
  const sum = buckets.reduce((total, { count }) => total + count, 0);
  const most = buckets.reduce((most, one) => (one.count > most.count ? one : most), { start: 0, count: 0 });
  return (
    <>
      <a href={formatRoute({ view: "messages", parameters: { since, until } })}>{counted(sum, "message")}</a>
      <span role="status">{spanWords(span)} UTC</span>
      {most.count > 0 && (
        <span class="busiest">
          most: {most.count.toLocaleString()}, {bucketWords(most.start, bucket)}
        </span>
      )}
    </>
  );
}

interface ControlsProps {
  readonly asked: Asked;
  readonly span: Span;
  readonly bucket: Bucket;
  readonly show: (next: Partial<Asked>) => void;
  readonly zoom: (factor: number) => void;
  /** So many times its length later. */
  readonly onMove: (by: number) => void;
}

function Controls({ asked, span, bucket, show, zoom, onMove }: ControlsProps): VNode {
  const isWhole = asked.since === "" && asked.until === "";
  return (
    <div class="panel-controls">
      <div class="choice" role="group" aria-label="Counted by">
        {(["hour", "day"] as const).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === bucket}
            disabled={one === "hour" && !canBeHours(span)}
            onClick={() => show({ bucket: one })}
          >
            {one === "hour" ? "Hours" : "Days"}
          </button>
        ))}
      </div>
      <button
        type="button"
        class="button"
        aria-disabled={isWhole}
        onClick={() => !isWhole && show({ since: "", until: "", bucket: "" })}
      >
        Whole time
      </button>
      <div class="panel-moves">
        <IconButton icon="earlier" label="Earlier" isIdle={isWhole} onClick={() => onMove(-MOVED_BY)} />
        <IconButton icon="later" label="Later" isIdle={isWhole} onClick={() => onMove(MOVED_BY)} />
        <IconButton icon="plus" label="Zoom in" onClick={() => zoom(0.5)} />
        <IconButton icon="minus" label="Zoom out" isIdle={isWhole} onClick={() => zoom(2)} />
      </div>
    </div>
  );
}

/** About the bar that the pointer or the keys are at. */
function Told({ drawn, asked, start }: { drawn: Drawn; asked: Asked; start: number | undefined }): VNode {
  const count = drawn.buckets.find((one) => one.start === start)?.count ?? 0;
  return (
    <p class="told">
      <span role="status">
        {start !== undefined && (
          <>
            <strong>{counted(count, "message")}</strong> {bucketWords(start, drawn.bucket)} UTC
          </>
        )}
      </span>
      {start !== undefined && (
        <a href={formatRoute(routeOf(asked, drawn, start))}>Show {count === 1 ? "it" : "them"}</a>
      )}
      {start === undefined && <span class="by-pointer">Drag to zoom, or click a bar for its messages.</span>}
      <span id="chart-keys" class="by-keys" hidden={start !== undefined}>
        ← and → go from bar to bar, Enter opens its messages, + and − zoom, Page Up and Page Down go to
        earlier and later.
      </span>
    </p>
  );
}

/** The messages of a bucket; where the address cuts it, of what is left of it. */
function routeOf(
  { since, until }: Asked,
  { span, bucket }: Drawn,
  start: number,
): Parameters<typeof goTo>[0] {
  const end = start + SECONDS_OF[bucket];
  return {
    view: "messages",
    parameters: {
      since: since !== "" && start < span.since ? since : instantOf(start),
      until: until !== "" && end > span.until ? until : instantOf(end),
    },
  };
}
