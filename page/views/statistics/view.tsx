import type { VNode } from "preact";
import { parseInstant } from "../../../src/instant.ts";
import type { Stats } from "../../../src/message.ts";
import { DateFormat } from "../../date-format.ts";
import { formatRoute, type ViewProps } from "../../route.ts";
import { Trouble } from "../../trouble.tsx";
import { useAnswer, useAsked, useRefresh } from "../../use-answer.ts";
import { fetchUPlot } from "./fetch-uplot.ts";
import { TopSenders } from "./senders.tsx";
import { instantOf } from "./span.ts";
import { TimelinePanel } from "./timeline-panel.tsx";

/** The service keeps these figures, so asking costs it little. */
const REFRESH_MS = 5_000;

// As the bars below.
const day = new DateFormat({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const time = new DateFormat({ timeStyle: "long", timeZone: "UTC" });

/** Totals, messages over time, who sends most, first and last. */
export function StatisticsView({ parameters }: ViewProps): VNode {
  const answer = useAnswer<Stats>("stats");
  useRefresh(answer, REFRESH_MS);
  const uPlot = useAsked("uplot", fetchUPlot);
  const { body, failure, again } = answer;
  return (
    <main class="sheet" id="main" tabIndex={-1}>
      <h1>Statistics</h1>
      {failure !== undefined && <Trouble failure={failure} again={again} />}
      {body !== undefined && <Figures stats={body} />}
      {body?.total_messages === 0 && (
        <p class="hint">
          There is more to see here from the first message on.{" "}
          <a href={formatRoute({ view: "messages", parameters: {} })}>How to send one</a>
        </p>
      )}
      {body !== undefined && body.total_messages > 0 && (
        <>
          <TimelinePanel stats={body} parameters={parameters} uPlot={uPlot} />
          <TopSenders stats={body} />
        </>
      )}
    </main>
  );
}

function Figures({ stats }: { stats: Stats }): VNode {
  const { total_messages: total, unique_senders: senders } = stats;
  const [first, last] = [stats.first_message_ts, stats.last_message_ts];
  return (
    <dl class="figures">
      <Figure name="Messages" value={total.toLocaleString()} list={{}} />
      <Figure name="Senders" value={senders.toLocaleString()} />
      <Moment name="First message" ts={first} list={(seconds) => ({ until: instantOf(seconds + 1) })} />
      <Moment name="Last message" ts={last} list={(seconds) => ({ since: instantOf(seconds) })} />
    </dl>
  );
}

interface MomentProps {
  readonly name: string;
  readonly ts: string | null;
  /** Of the list that shows it, by its second. */
  readonly list: (seconds: number) => Readonly<Record<string, string>>;
}

function Moment({ name, ts, list }: MomentProps): VNode {
  if (ts === null) return <Figure name={name} value="–" more="none yet" />;
  const seconds = parseInstant(ts)?.seconds ?? 0;
  return (
    <Figure
      name={name}
      value={day.format(new Date(ts))}
      more={time.format(new Date(ts))}
      list={list(seconds)}
    />
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly more?: string;
  /** What narrows the list to what is counted. */
  readonly list?: Readonly<Record<string, string>>;
}

function Figure({ name, value, more, list }: FigureProps): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {list === undefined ? (
          value
        ) : (
          <a href={formatRoute({ view: "messages", parameters: list })}>{value}</a>
        )}
        {more !== undefined && <span class="figure-more"> {more}</span>}
      </dd>
    </div>
  );
}
