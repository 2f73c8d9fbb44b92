import type { VNode } from "preact";
import { Trouble } from "../../trouble.tsx";
import { useAnswer } from "../../use-answer.ts";

/** Whether messages are taken now. */
export function HealthView(): VNode {
  const { body, failure, again } = useAnswer<{ status: string }>("health/ready");
  return (
    <main class="sheet" id="main" tabIndex={-1}>
      <h1>Health</h1>
      {failure !== undefined && <Trouble failure={failure} again={again} />}
      {body !== undefined && failure === undefined && (
        <p class="well" role="status">
          Ready: messages are taken.
        </p>
      )}
    </main>
  );
}
