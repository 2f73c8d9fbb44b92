import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Failure } from "./failure.ts";

/** Says calmly that something could not be had, and offers to try again. */
export function Trouble({ failure, again }: { failure: Failure; again: () => void }): VNode {
  const box = useRef<HTMLDivElement>(null);
  // The button goes with the trouble; whoever was at it is to be somewhere.
  useLayoutEffect(
    () => () => {
      if (box.current?.contains(document.activeElement) === true)
        document.querySelector<HTMLElement>("#main")?.focus({ preventScroll: true });
    },
    [],
  );
  return (
    <div ref={box} class="trouble" role="status">
      <p>{failure.message}</p>
      {failure.kind === "unavailable" && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}
