import type { VNode } from "preact";
import type { Stats } from "../../../src/message.ts";
import { PartyChip } from "../../party-chip.tsx";
import { formatRoute } from "../../route.ts";

/** Who sends most, as bars: each leads to the messages. */
export function TopSenders({ stats }: { stats: Stats }): VNode {
  const most = Math.max(1, ...stats.top_senders.map(({ count }) => count));
  return (
    <section class="panel" aria-labelledby="senders-title">
      <div class="panel-head">
        <div>
          <h2 id="senders-title">Who sends most</h2>
          <p class="panel-sum">Over the whole time</p>
        </div>
      </div>
      <ol class="senders">
        {stats.top_senders.map(({ from, count }) => (
          <li key={from}>
            <a href={formatRoute({ view: "messages", parameters: { from } })}>
              <PartyChip party={from} />
              <bdi class="sender-name">{from}</bdi>
              <span class="sender-count">
                {count.toLocaleString()}{" "}
                <span class="sender-share">{shareOf(count, stats.total_messages)}</span>
              </span>
              <span class="sender-bar" style={{ width: `${(100 * count) / most}%` }} />
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

function shareOf(count: number, total: number): string {
  return (count / total).toLocaleString(undefined, { style: "percent", maximumFractionDigits: 1 });
}
