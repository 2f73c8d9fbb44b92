import { useEffect, useState } from "preact/hooks";
import { get } from "./api.ts";
import { Failure } from "./failure.ts";

export interface Answered<T> {
  readonly body: T | undefined;
  readonly failure: Failure | undefined;
  readonly again: () => void;
}

/** The answer to one GET, asked when the component comes and by `again`. What was there stays until there is another. */
export function useAnswer<T>(path: string): Answered<T> {
  const [tries, setTries] = useState(0);
  const [answer, setAnswer] = useState<{ path: string; body?: T; failure?: Failure }>({ path });
  useEffect(() => {
    const ended = new AbortController();
    get<T>(path, {}, ended.signal).then(
      ({ body }) => setAnswer({ path, body }),
      (error: unknown) => {
        if (ended.signal.aborted) return;
        if (!(error instanceof Failure)) throw error;
        setAnswer((before) => ({ ...(before.path === path && before), path, failure: error }));
      },
    );
    return () => ended.abort();
  }, [path, tries]);
  const { body, failure } = answer.path === path ? answer : { body: undefined, failure: undefined };
  return { body, failure, again: () => setTries(tries + 1) };
}
