import type { RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ListHandle } from "./list.tsx";
import type { Listing } from "../listing/listing.ts";

export interface Active {
  /** The row that the keys are at; -1 for none. */
  readonly index: number;
  move(by: number): void;
  moveTo(index: number): void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

interface Place {
  /** Of the list that it is a place in. */
  readonly listing: Listing | undefined;
  readonly index: number;
  /** Undefined while its row is not loaded. */
  readonly id: string | undefined;
}

const NOWHERE = { index: -1, id: undefined };

/**
 * The row that the keys are at. It stays with its message when others come above; where that is gone, whatever is in its place is it; in
 * another list there is none. While a message is open, it is that one's.
 */
export function useActive(
  listing: Listing | undefined,
  handle: RefObject<ListHandle | null>,
  openId: string | undefined,
  open: (id: string) => void,
): Active {
  const [place, setPlace] = useState<Place>({ listing, ...NOWHERE });
  const opened = useRef<string | undefined>(undefined);
  if (listing !== place.listing) opened.current = undefined;
  let now = listing === undefined ? place : follow(place, listing);
  if (openId !== opened.current && openId !== undefined && listing !== undefined) {
    const index = listing.indexOf(openId);
    if (index !== -1) {
      now = { listing, index, id: openId };
      opened.current = openId;
    }
  }
  if (openId === undefined) opened.current = undefined;

  const moveTo = (wanted: number): void => {
    if (listing === undefined || listing.total === 0) return;
    const index = Math.max(0, Math.min(wanted, listing.total - 1));
    const id = listing.at(index)?.message_id;
    setPlace({ listing, index, id });
    handle.current?.reveal(index);
    if (openId === undefined) handle.current?.focus();
    else if (id !== undefined) open(id);
  };
  const move = (by: number): void => {
    if (now.index !== -1) return moveTo(now.index + by);
    moveTo(handle.current?.rowsInSight().first ?? 0);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = handle.current?.rowsInSight().count ?? 1;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      PageDown: () => move(page),
      PageUp: () => move(-page),
      Home: () => moveTo(0),
      End: () => moveTo(Infinity),
      Enter: () => now.id !== undefined && open(now.id),
      " ": () => now.id !== undefined && open(now.id),
    };
    const action = moves[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  };
  if (now.listing !== place.listing || now.index !== place.index || now.id !== place.id) setPlace(now);
  return { index: now.index, move, moveTo, onKeyDown };
}

function follow(place: Place, listing: Listing): Place {
  if (place.listing !== listing) return { listing, ...NOWHERE };
  if (place.index === -1) return place;
  const index = place.id === undefined ? -1 : listing.indexOf(place.id);
  if (index !== -1) return { ...place, index };
  // Out of what is held, it may still be there.
  const there = Math.min(place.index, listing.total - 1);
  const id = listing.at(there)?.message_id;
  return id === undefined && place.id !== undefined ? place : { listing, index: there, id };
}
