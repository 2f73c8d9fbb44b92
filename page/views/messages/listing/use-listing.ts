import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { followArrivals } from "../../../arrivals.ts";
import { fetchPageOf } from "./fetch-page.ts";
import { type Filter, keyOf } from "../filter.ts";
import { Listing } from "./listing.ts";

/** No stream tells of what others erase; and while messages keep coming, it tells of nothing else that would have them counted. */
export const RECOUNT_EVERY_MS = 30_000;

/** A stream that begins later than that after the list is behind it: a tab that nobody looked at, a service that had no room. */
const TOGETHER_MS = 500;

export interface Listed {
  /** What is shown: that of the former filter until the first of this one is there. Undefined before anything was loaded. */
  readonly shown: { readonly listing: Listing; readonly filter: Filter } | undefined;
  /** Of this filter: another than the one that is shown, until its first messages are there. Undefined at the very first. */
  readonly current: Listing | undefined;
}

/** The messages that match, kept up with what arrives; while it is paused, that is only counted. */
export function useListing(filter: Filter, isPaused: boolean): Listed {
  const [listed, setListed] = useState<Listed>({ shown: undefined, current: undefined });
  // Asked for before the first frame, not behind it.
  useLayoutEffect(() => {
    const listing = new Listing(fetchPageOf(filter), () =>
      setListed(({ shown }) => ({
        shown: listing.isLoaded ? { listing, filter } : shown,
        current: listing,
      })),
    );
    setListed(({ shown }) => ({ shown, current: listing }));
    const askedMs = performance.now();
    let hasBegun = false;
    const stop = followArrivals(filter, {
      began() {
        // The list is asked for at the same time, so as not to wait for the stream: something may have come between the two.
        if (hasBegun || performance.now() - askedMs > TOGETHER_MS) listing.outrun();
        else listing.recount();
        hasBegun = true;
      },
      arrived: (messages) => listing.arrived(messages),
      looked: () => listing.recount(),
    });
    const recounting = setInterval(() => {
      if (document.visibilityState === "visible") listing.recount();
    }, RECOUNT_EVERY_MS);
    return () => {
      stop();
      clearInterval(recounting);
      listing.close();
    };
  }, [keyOf(filter)]);
  useEffect(() => listed.current?.holdBack(isPaused), [listed.current, isPaused]);
  return listed;
}
