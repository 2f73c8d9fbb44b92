import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Listing } from "../listing/listing.ts";
import { ROW_PX } from "./row.tsx";

/** Long enough to be seen, short enough for the next. */
const SLIDE_MS = 240;
/** More than these at once are simply there. */
const SLIDING_MESSAGES_MAX = 10;

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Has what came on top slide in, for who looks there and minds no motion. */
export function useSlideIn(space: RefObject<HTMLElement | null>, listing: Listing, isAtTop: boolean): void {
  const before = useRef<{ listing: Listing; newest: string } | null>(null);
  const newest = listing.at(0)?.message_id;
  useLayoutEffect(() => {
    const { current } = before;
    before.current = newest === undefined ? null : { listing, newest };
    if (current?.listing !== listing || current.newest === newest || !isAtTop || still.matches) return;
    const by = listing.indexOf(current.newest);
    if (by > 0 && by <= SLIDING_MESSAGES_MAX)
      space.current?.animate([{ translate: `0 ${-by * ROW_PX}px` }, { translate: "0 0" }], {
        duration: SLIDE_MS,
        easing: "ease-out",
      });
  }, [listing, newest, isAtTop]);
}
