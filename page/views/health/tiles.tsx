import type { ComponentChildren, VNode } from "preact";
import { formatRoute } from "../../route.ts";
import { type Samples, samplesOf, sumOf } from "./prometheus.ts";
import type { Rates } from "./rates.ts";
import { Spark } from "./spark.tsx";
import type { History } from "./use-history.ts";
import { bytesWords, latencyWords, rateWords } from "./words.ts";

/** How fast messages are taken, with the course of it. */
export function Speed({ rates, steps }: History): VNode {
  const inbox = formatRoute({ view: "messages", parameters: {} });
  const words = rateWords(rates?.messages);
  return (
    <>
      <Tile name="Messages a second" value={rates === undefined ? words : <a href={inbox}>{words}</a>}>
        <Spark values={steps.map(({ messages }) => messages)} />
      </Tile>
      <Tile name="Commits a second" value={rateWords(rates?.commits)}>
        <Spark values={steps.map(({ commits }) => commits)} />
      </Tile>
      <Tile name="Acknowledged within" value={latencyWords(rates?.p99)} more={acknowledgedWords(rates)}>
        <Spark values={steps.map(({ p99 }) => p99)} />
      </Tile>
    </>
  );
}

function acknowledgedWords(rates: Rates | undefined): string {
  if (rates === undefined) return "after the second look";
  if (rates.p50 === undefined) return "no request in the last minute";
  return `99 %, half of them within ${latencyWords(rates.p50)}`;
}

/** What waits, beside its bound; which of it there is depends on the engine. */
export function Depths({ samples }: { samples: Samples }): VNode {
  const of = (name: string): number => sumOf(samples, name) ?? NaN;
  const [free, reserved] = [of("disk_free_bytes"), of("disk_reserved_bytes")];
  return (
    <>
      <Tile
        name="Queue"
        value={of("ingest_queue_messages").toLocaleString()}
        more={`waiting, at most ${of("ingest_queue_messages_max").toLocaleString()}`}
      >
        <Meter value={of("ingest_queue_messages")} max={of("ingest_queue_messages_max")} />
      </Tile>
      {samples.has("journal_unindexed_messages") && (
        <Tile
          name="Journal lag"
          value={of("journal_unindexed_messages").toLocaleString()}
          more={`not indexed, at most ${of("journal_unindexed_messages_max").toLocaleString()}`}
        >
          <Meter value={of("journal_unindexed_messages")} max={of("journal_unindexed_messages_max")} />
        </Tile>
      )}
      {!Number.isNaN(free) && (
        <Tile name="Free on the disk" value={bytesWords(free)} more={`${bytesWords(reserved)} have to be`} />
      )}
      {samples.has("database_connections") && <Connections samples={samples} />}
    </>
  );
}

/** To the database server, by what they are used for. */
function Connections({ samples }: { samples: Samples }): VNode {
  const of = (name: string, use: string): number => sumOf(samples, name, { use }) ?? 0;
  const uses = samplesOf(samples, "database_connections").map(({ labels }) => labels["use"] ?? "");
  return (
    <div class="tile is-wide">
      <dt>Connections</dt>
      <dd>
        {uses.map((use) => {
          const [open, max] = [of("database_connections", use), of("database_connections_max", use)];
          return (
            <div key={use} class="use">
              <p class="tile-line">
                <span class="tile-value">{open.toLocaleString()}</span>
                <span class="figure-more">
                  {use}, at most {max.toLocaleString()}, {of("database_calls_waiting", use).toLocaleString()}{" "}
                  waiting
                </span>
              </p>
              <Meter value={open} max={max} />
            </div>
          );
        })}
      </dd>
    </div>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly more?: string;
  readonly children?: ComponentChildren;
}

function Tile({ name, value, more, children }: TileProps): VNode {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <p class="tile-line">
          <span class="tile-value">{value}</span>
          {more !== undefined && <span class="figure-more">{more}</span>}
        </p>
        {children}
      </dd>
    </div>
  );
}

function Meter({ value, max }: { value: number; max: number }): VNode {
  return (
    <span class="meter">
      <span style={{ width: `${Math.min(100, (100 * value) / max)}%` }} />
    </span>
  );
}
