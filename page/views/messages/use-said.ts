import { useEffect, useRef, useState } from "preact/hooks";
import { counted } from "../../counted.ts";

/** What arrives is not told more often to who reads by ear: each message would cut off the word before it. */
const TOLD_EVERY_MS = 10_000;

interface Seen {
  /** Which list it is; undefined while there is none. */
  readonly shown: string | undefined;
  /** What was found there, in words. */
  readonly found: string;
  /** All that match, also what is held back. */
  readonly total: number;
  readonly isPaused: boolean;
}

/** What is to be said aloud of the list: what was found, once; that it is paused; and now and then how many came. */
export function useSaid({ shown, found, total, isPaused }: Seen): string {
  const [said, say] = useState("");
  const latest = useRef(total);
  latest.current = total;
  const toldTotal = useRef(total);
  const wasPaused = useRef(isPaused);
  useEffect(() => {
    toldTotal.current = latest.current;
    say(shown === undefined ? "" : found);
  }, [shown]);
  useEffect(() => {
    if (wasPaused.current !== isPaused) say(isPaused ? "Paused: what arrives is counted" : "Not paused");
    wasPaused.current = isPaused;
  }, [isPaused]);
  useEffect(() => {
    const timer = setInterval(() => {
      const arrived = latest.current - toldTotal.current;
      toldTotal.current = latest.current;
      if (arrived > 0) say(counted(arrived, "new message"));
    }, TOLD_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return said;
}
