import { useEffect, useState } from "preact/hooks";
import { followArrivals } from "../arrivals.ts";
import { fetchPageOf } from "./fetch-page.ts";
import { type Filter, keyOf } from "./filter.ts";
import { Listing } from "./listing.ts";

/** The list is read behind the start of the stream, so that nothing falls between; where that takes longer, before it, and once more then. */
const START_MS_MAX = 1_000;

export interface Listed {
  /** What is shown: that of the former filter until the first of this one is there. Undefined before anything was loaded. */
  readonly shown: { readonly listing: Listing; readonly filter: Filter } | undefined;
  /** Of this filter; undefined at the very first. */
  readonly current: Listing | undefined;
}

/** The messages that match, kept up with what arrives; while it is paused, that is only counted. */
export function useListing(filter: Filter, isPaused: boolean): Listed {
  const [listed, setListed] = useState<Listed>({ shown: undefined, current: undefined });
  useEffect(() => {
    let listing: Listing | undefined;
    const begin = (): void => {
      clearTimeout(timer);
      if (listing !== undefined) return;
      const current = new Listing(fetchPageOf(filter), () =>
        setListed(({ shown }) => ({
          shown: current.isLoaded ? { listing: current, filter } : shown,
          current,
        })),
      );
      listing = current;
    };
    const timer = setTimeout(begin, START_MS_MAX);
    const stop = followArrivals(filter, {
      began: () => (listing === undefined ? begin() : listing.outrun()),
      arrived: (messages) => listing?.arrived(messages),
      looked: () => listing?.recount(),
      lost: begin,
    });
    return () => {
      stop();
      clearTimeout(timer);
      listing?.close();
    };
  }, [keyOf(filter)]);
  useEffect(() => listed.current?.holdBack(isPaused), [listed.current, isPaused]);
  return listed;
}
