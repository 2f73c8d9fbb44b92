import { useEffect, useState } from "preact/hooks";
import { arrivals } from "../arrivals.ts";
import { fetchPageOf } from "./fetch-page.ts";
import { type Filter, keyOf } from "./filter.ts";
import { Listing } from "./listing.ts";

export interface Listed {
  /** What is shown: that of the former filter until the first of this one is there. Undefined before anything was loaded. */
  readonly shown: { readonly listing: Listing; readonly filter: Filter } | undefined;
  /** Of this filter; undefined at the very first. */
  readonly current: Listing | undefined;
}

/** The messages that match, kept up with what arrives. */
export function useListing(filter: Filter): Listed {
  const [listed, setListed] = useState<Listed>({ shown: undefined, current: undefined });
  useEffect(() => {
    const current = new Listing(fetchPageOf(filter), () =>
      setListed(({ shown }) => ({ shown: current.isLoaded ? { listing: current, filter } : shown, current })),
    );
    const stop = arrivals.watch(filter, (total) => current.arrived(total));
    return () => {
      stop();
      current.close();
    };
  }, [keyOf(filter)]);
  return listed;
}
