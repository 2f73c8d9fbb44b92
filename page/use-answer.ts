import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { get } from "./api.ts";
import { Failure } from "./failure.ts";
import { RECENT } from "./recent.ts";

export interface Answered<T> {
  readonly body: T | undefined;
  readonly failure: Failure | undefined;
  readonly again: () => void;
}

/** The answer to one GET, asked when the component comes and by `again`. What was there stays until there is another. */
export function useAnswer<T>(path: string): Answered<T> {
  return useAsked(
    path,
    async (signal, isAgain) => (await get<T>(path, {}, signal, isAgain ? RECENT : {})).body,
  );
}

/** Likewise of whatever `ask` asks, and anew when `key` changes; a failure is one that it throws. `isAgain`: there was an answer. */
export function useAsked<T>(
  key: string,
  ask: (signal: AbortSignal, isAgain: boolean) => Promise<T>,
): Answered<T> {
  const [tries, setTries] = useState(0);
  const [answer, setAnswer] = useState<{ key: string; body?: T; failure?: Failure }>({ key });
  // Before the first frame, not behind it.
  useLayoutEffect(() => {
    const ended = new AbortController();
    ask(ended.signal, answer.key === key && answer.body !== undefined).then(
      (body) => setAnswer((before) => (ended.signal.aborted ? before : { key, body })),
      (error: unknown) => {
        if (ended.signal.aborted) return;
        if (!(error instanceof Failure)) throw error;
        setAnswer((before) => ({ ...(before.key === key && before), key, failure: error }));
      },
    );
    return () => ended.abort();
  }, [key, tries]);
  const { body, failure } = answer.key === key ? answer : { body: undefined, failure: undefined };
  return { body, failure, again: () => setTries((before) => before + 1) };
}

/** Asks again so many milliseconds after each answer, and only while the page can be seen. */
export function useRefresh({ body, failure, again }: Answered<unknown>, everyMs: number): void {
  useEffect(() => {
    if (body === undefined && failure === undefined) return undefined;
    const ask = (): void => {
      if (document.visibilityState === "hidden")
        document.addEventListener("visibilitychange", ask, { once: true });
      else again();
    };
    const timer = setTimeout(ask, everyMs);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [body, failure]);
}

/** The last value that was there: what is shown while another is asked for. */
export function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef(value);
  if (value !== undefined) last.current = value;
  return last.current;
}
