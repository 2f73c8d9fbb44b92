import type { VNode } from "preact";
import { formatRoute } from "../../route.ts";
import { type Samples, sumOf } from "./prometheus.ts";

const INBOX = formatRoute({ view: "messages", parameters: {} });

/** What became of the requests to the webhook; those that are listed on the page lead to the list. */
const RESULTS = [
  ["created", "Kept"],
  ["duplicate", "Came again, the same"],
  ["conflict", "Came again with other content", "conflicts"],
  ["invalid_signature", "Wrongly signed", "rejections"],
  ["rate_limited", "Wrongly signed, too often", "rejections"],
  ["validation_error", "Not valid", "rejections"],
  ["unavailable", "Not taken: busy or not ready", "rejections"],
] as const;

const FAILURES = [
  ["store_failures_total", "Failures behind the requests"],
  ["reads_stopped_total", "Reads stopped for their time"],
] as const;

/** Counted since this process started. */
export function SinceStart({ samples }: { samples: Samples }): VNode {
  return (
    <section class="panel" aria-labelledby="since-start">
      <h2 id="since-start">Since the start</h2>
      <dl class="counts">
        {RESULTS.map(([result, words, list]) => (
          <Count
            key={result}
            name={words}
            count={sumOf(samples, "webhook_requests_total", { result })}
            list={list}
            isInbox={result === "created"}
          />
        ))}
        {FAILURES.map(([name, words]) => (
          <Count key={name} name={words} count={sumOf(samples, name)} />
        ))}
      </dl>
    </section>
  );
}

interface CountProps {
  readonly name: string;
  readonly count: number | undefined;
  readonly list?: string | undefined;
  readonly isInbox?: boolean;
}

function Count({ name, count = 0, list, isInbox = false }: CountProps): VNode {
  const words = count.toLocaleString();
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {isInbox && <a href={INBOX}>{words}</a>}
        {list !== undefined && (
          <button
            type="button"
            class="count"
            onClick={() => show(list)}
            aria-label={`${name}: ${words}, show the list`}
          >
            {words}
          </button>
        )}
        {!isInbox && list === undefined && words}
      </dd>
    </div>
  );
}

function show(list: string): void {
  const title = document.querySelector<HTMLElement>(`#${list}`);
  title?.scrollIntoView({ block: "start" });
  title?.focus({ preventScroll: true });
}
