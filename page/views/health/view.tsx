import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { goTo, type ViewProps } from "../../route.ts";
import { Trouble } from "../../trouble.tsx";
import { useAsked, useLast, useRefresh } from "../../use-answer.ts";
import { Conflicts } from "./conflicts.tsx";
import { failuresOf, isAway, type Look, look } from "./look.ts";
import { samplesOf, sumOf } from "./prometheus.ts";
import type { Metered } from "./rates.ts";
import { Rejections } from "./rejections.tsx";
import { SinceStart } from "./since-start.tsx";
import { Depths, Speed } from "./tiles.tsx";
import { useHistory } from "./use-history.ts";
import { startedWords } from "./words.ts";

/** Often enough to watch something happen. */
const REFRESH_MS = 3_000;
/** Of each list at first, and after "Show more": as many as the service gives at once. */
const FEW = 10;
const MANY = 100;

const ENGINES: Readonly<Record<string, string>> = { sqlite: "SQLite", postgres: "PostgreSQL" };

/** Whether messages are taken, how fast, what waits, and what was refused. */
export function HealthView({ parameters }: ViewProps): VNode {
  const [limits, setLimits] = useState({ rejections: FEW, conflicts: FEW });
  const answer = useAsked(JSON.stringify(limits), (signal) => look(limits, signal));
  useRefresh(answer, REFRESH_MS);
  const seen = useLast(answer.body);
  const history = useHistory(seen?.metered.body);
  // What was seen last stays while nobody answers.
  const metered = useLast(seen?.metered.body);
  const rejections = useLast(seen?.rejections.body);
  const conflicts = useLast(seen?.conflicts.body);
  const toggle =
    (name: "rejection" | "conflict") =>
    (id: string): void =>
      goTo({ view: "health", parameters: { ...parameters, [name]: parameters[name] === id ? "" : id } });
  const more = (name: keyof typeof limits): (() => void) | undefined =>
    limits[name] === MANY ? undefined : () => setLimits({ ...limits, [name]: MANY });
  if (seen === undefined) {
    return (
      <main class="sheet" id="main" tabIndex={-1} aria-busy="true">
        <h1>Health</h1>
      </main>
    );
  }
  return (
    <main class="sheet" id="main" tabIndex={-1}>
      <h1>Health</h1>
      <Readiness seen={seen} metered={metered} />
      {failuresOf(seen).map((failure) => (
        <Trouble key={failure.message} failure={failure} again={answer.again} />
      ))}
      {metered !== undefined && (
        <dl class="tiles">
          <Speed {...history} />
          <Depths samples={metered.samples} />
        </dl>
      )}
      <div class="columns">
        {rejections !== undefined && (
          <Rejections
            body={rejections}
            openId={parameters["rejection"]}
            onToggle={toggle("rejection")}
            onMore={more("rejections")}
          />
        )}
        {conflicts !== undefined && (
          <Conflicts
            body={conflicts}
            openId={parameters["conflict"]}
            onToggle={toggle("conflict")}
            onMore={more("conflicts")}
          />
        )}
      </div>
      {metered !== undefined && <SinceStart samples={metered.samples} />}
    </main>
  );
}

function Readiness({ seen, metered }: { seen: Look; metered: Metered | undefined }): VNode {
  const { failure } = seen.ready;
  return (
    <div class={`readiness${failure === undefined ? "" : " is-bad"}`} role="status">
      <span class="light" aria-hidden="true" />
      <div>
        <p class="readiness-word">
          {failure === undefined ? "Ready" : isAway(seen) ? "Not reachable" : "Not ready"}
        </p>
        <p>{failure === undefined ? "Messages are taken." : failure.message}</p>
      </div>
      {metered !== undefined && !isAway(seen) && <Process metered={metered} />}
    </div>
  );
}

/** Which program it is, and since when. */
function Process({ metered: { samples } }: { metered: Metered }): VNode {
  const { version = "", engine = "" } = samplesOf(samples, "lyftr_info")[0]?.labels ?? {};
  const seconds = Date.now() / 1_000 - (sumOf(samples, "process_start_time_seconds") ?? NaN);
  return (
    <p class="process" aria-live="off">
      <span>
        Lyftr {version} on {ENGINES[engine] ?? engine}
      </span>
      <span>{startedWords(seconds)}</span>
    </p>
  );
}
