import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef } from "preact/hooks";
import type { Listing } from "../listing/listing.ts";
import { ROW_PX } from "./row.tsx";
import { VirtualScroll } from "./virtual-scroll.ts";

/** Drawn beyond what is in sight, so that a step of the wheel shows no gap. */
const OVERDRAWN_ROWS = 6;

export interface VirtualRows {
  /** Of the whole list, the first pixel in sight. */
  readonly top: number;
  /** Of what is in sight. */
  readonly height: number;
  /** The rows to draw, from and up to. */
  readonly first: number;
  readonly last: number;
  /** By so many pixels they are drawn higher than where they are in the list. */
  readonly offset: number;
  readonly moveTo: (top: number) => void;
  readonly scrolled: () => void;
  readonly settled: () => void;
}

interface Anchor {
  readonly listing: Listing;
  readonly id: string;
  readonly index: number;
}

/**
 * Which rows are in sight in a scrolled element. When others come above them, or go, what is in sight stays where it is; at the very top,
 * what is new is let in instead. `moved` is told whether the top is in sight.
 */
export function useVirtualRows(
  element: RefObject<HTMLElement | null>,
  listing: Listing,
  moved: (isAtTop: boolean) => void,
): VirtualRows {
  const scroll = useRef<VirtualScroll | null>(null);
  const anchor = useRef<Anchor | null>(null);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const height = element.current?.clientHeight ?? innerHeight;

  const before = scroll.current?.top ?? 0;
  const isAnother = anchor.current !== null && anchor.current.listing !== listing;
  const top = isAnother || before <= 0 ? 0 : Math.max(0, before + shiftSince(anchor.current, listing));
  const first = Math.max(0, Math.floor(top / ROW_PX) - OVERDRAWN_ROWS);
  const last = Math.min(listing.total, Math.ceil((top + height) / ROW_PX) + OVERDRAWN_ROWS);

  useLayoutEffect(() => {
    if (element.current === null) return;
    scroll.current ??= new VirtualScroll(element.current);
    if (scroll.current.put(listing.total * ROW_PX, top)) draw(0);
    anchor.current = anchorFrom(listing, Math.floor(top / ROW_PX), last) ?? anchor.current;
  });
  useEffect(() => {
    listing.look(Math.floor(top / ROW_PX), last);
    moved(top <= 0);
  });
  useEffect(() => {
    const watch = new ResizeObserver(() => draw(0));
    if (element.current !== null) watch.observe(element.current);
    return () => watch.disconnect();
  }, []);

  const after = (change: (scroll: VirtualScroll) => void) => (): void => {
    if (scroll.current !== null) change(scroll.current);
    draw(0);
  };
  return {
    top,
    height,
    first,
    last,
    offset: scroll.current?.offset ?? 0,
    moveTo: (wanted) => after((one) => one.moveTo(wanted))(),
    scrolled: after((one) => one.scrolled()),
    settled: after((one) => one.settle()),
  };
}

/** By how many pixels what was in sight is further down in the list than before. */
function shiftSince(anchor: Anchor | null, listing: Listing): number {
  const index = anchor === null ? -1 : listing.indexOf(anchor.id);
  return anchor === null || index === -1 ? 0 : (index - anchor.index) * ROW_PX;
}

/** The first message in sight that is held. */
function anchorFrom(listing: Listing, first: number, last: number): Anchor | null {
  for (let index = first; index < last; index += 1) {
    const message = listing.at(index);
    if (message !== undefined) return { listing, id: message.message_id, index };
  }
  return null;
}
