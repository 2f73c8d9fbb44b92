import type { VNode } from "preact";
import type { Failure } from "./failure.ts";

/** Says calmly that something could not be had, and offers to try again. */
export function Trouble({ failure, again }: { failure: Failure; again: () => void }): VNode {
  return (
    <div class="trouble" role="status">
      <p>{failure.message}</p>
      {failure.kind === "unavailable" && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}
