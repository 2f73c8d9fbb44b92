import type { VNode } from "preact";
import type { Stats } from "../../src/message.ts";
import { wholeTime } from "../messages/times.ts";
import { PartyChip } from "../party-chip.tsx";
import { formatRoute } from "../route.ts";
import { Trouble } from "../trouble.tsx";
import { useAnswer } from "../use-answer.ts";

/** Totals, first and last, and who sends most. */
export function StatisticsView(): VNode {
  const { body, failure, again } = useAnswer<Stats>("stats");
  return (
    <main class="sheet" id="main" tabIndex={-1}>
      <h1>Statistics</h1>
      {failure !== undefined && <Trouble failure={failure} again={again} />}
      {body !== undefined && <Figures stats={body} />}
    </main>
  );
}

function Figures({ stats }: { stats: Stats }): VNode {
  return (
    <>
      <dl class="figures">
        <Figure name="Messages" value={stats.total_messages.toLocaleString()} />
        <Figure name="Senders" value={stats.unique_senders.toLocaleString()} />
        <Figure name="First" value={stats.first_message_ts && wholeTime(stats.first_message_ts)} />
        <Figure name="Last" value={stats.last_message_ts && wholeTime(stats.last_message_ts)} />
      </dl>
      <h2>Who sends most</h2>
      <ol class="senders">
        {stats.top_senders.map(({ from, count }) => (
          <li key={from}>
            <PartyChip party={from} />
            <a href={formatRoute({ view: "messages", parameters: { from } })}>{from}</a>
            <span>{count.toLocaleString()}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Figure({ name, value }: { name: string; value: string | null }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? "none"}</dd>
    </div>
  );
}
