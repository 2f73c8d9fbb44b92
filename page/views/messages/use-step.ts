import { useEffect, useState } from "preact/hooks";
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

/**
 * Returns what goes to the message so many further down, and why that failed. From one that is open and not held by the list, it is the
 * service that knows the next: the list is somewhere else.
 */
export function useStep({
  filter,
  listing,
  active,
  id,
  open,
}: Open): [(by: 1 | -1) => void, Failure | undefined] {
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => setFailure(undefined), [id, keyOf(filter)]);
  const stepFar = async (from: string, by: 1 | -1): Promise<void> => {
    try {
      const next = await neighbourOf(filter, from, by);
      if (next !== undefined) open(next);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setFailure(error);
    }
  };
  const step = (by: 1 | -1): void => {
    if (id === undefined || listing === undefined || listing.indexOf(id) !== -1) active.move(by);
    else void stepFar(id, by);
  };
  return [step, failure];
}

/** The id of the one behind it in the list (1), or before it (-1), also where it is not in it itself. Throws Failure. */
async function neighbourOf(filter: Filter, id: string, by: 1 | -1): Promise<string | undefined> {
  const { body } = await get<Message>(messagePath(id));
  const asked = { order: by > 0 ? "desc" : "asc", limit: 1, cursor: cursorOf(body) } as const;
  const { data } = await fetchPageOf(filter)(asked, new AbortController().signal);
  return data[0]?.message_id;
}
