import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../../src/message.ts";
import { get, messagePath } from "../../api.ts";
import { Failure } from "../../failure.ts";
import { type Filter, keyOf } from "./filter.ts";
import type { Active } from "./list/use-active.ts";
import { fetchPageOf } from "./listing/fetch-page.ts";
import type { Listing } from "./listing/listing.ts";
import { cursorOf } from "./listing/stretch.ts";

interface Open {
  readonly filter: Filter;
  readonly listing: Listing | undefined;
  readonly active: Active;
  /** The message that is open. */
  readonly id: string | undefined;
  readonly open: (id: string) => void;
}

export interface Step {
  /** To the message further down (1), or up (-1). */
  readonly step: (by: 1 | -1) => void;
  /** Why the last step led nowhere, and what tries it again. */
  readonly trouble: { readonly failure: Failure; readonly again: () => void } | undefined;
}

/** From a message that is open and not held by the list, it is the service that knows the next: the list is somewhere else. */
export function useStep({ filter, listing, active, id, open }: Open): Step {
  const [failed, setFailed] = useState<{ readonly failure: Failure; readonly by: 1 | -1 }>();
  // Ended when another message is open, or none: who has gone elsewhere is not led away from there.
  const here = useRef(new AbortController());
  useEffect(() => {
    here.current = new AbortController();
    setFailed(undefined);
    return () => here.current.abort();
  }, [id, keyOf(filter)]);
  const stepFar = async (from: string, by: 1 | -1): Promise<void> => {
    const { signal } = here.current;
    try {
      const next = await neighbourOf(filter, from, by, signal);
      if (next !== undefined && !signal.aborted) open(next);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
      // Others erased it: it is gone on from where the keys were.
      if (failure.kind === "absent") active.move(by);
      else setFailed({ failure, by });
    }
  };
  const step = (by: 1 | -1): void => {
    if (id === undefined || listing === undefined || listing.indexOf(id) !== -1) active.move(by);
    else void stepFar(id, by);
  };
  return { step, trouble: failed && { failure: failed.failure, again: () => step(failed.by) } };
}

/** The id of the one behind it in the list (1), or before it (-1), also where it is not in it itself. Throws Failure. */
async function neighbourOf(
  filter: Filter,
  id: string,
  by: 1 | -1,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { body } = await get<Message>(messagePath(id), {}, signal);
  const asked = { order: by > 0 ? "desc" : "asc", limit: 1, cursor: cursorOf(body) } as const;
  const { data } = await fetchPageOf(filter)(asked, signal);
  return data[0]?.message_id;
}
