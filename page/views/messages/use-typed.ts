import { useEffect, useRef, useState } from "preact/hooks";
import type { How } from "../../route.ts";

export interface Typed {
  readonly typed: string;
  /** After each key. What is not whole yet stands there, and counts for nothing. */
  readonly type: (typed: string, isWhole?: boolean) => void;
  /** Whoever typed is done with the field: the next that is typed there is an entry of its own. */
  readonly leave: () => void;
}

/**
 * A field that counts while it is typed into, `afterMs` after the last key. What was typed stays as it is, whatever is made of it
 * meanwhile; a `value` that did not come from the field takes its place.
 */
export function useTyped(value: string, afterMs: number, apply: (typed: string, how: How) => void): Typed {
  const [typed, setTyped] = useState(value);
  const applied = useRef(value);
  const isAmid = useRef(false);
  const latest = useRef(apply);
  latest.current = apply;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (value !== applied.current) {
    clearTimeout(timer.current);
    applied.current = value;
    setTyped(value);
  }
  return {
    typed,
    type(next, isWhole = true) {
      setTyped(next);
      clearTimeout(timer.current);
      if (!isWhole) return;
      timer.current = setTimeout(() => {
        if (next === applied.current) return;
        applied.current = next;
        latest.current(next, isAmid.current ? "replace" : "push");
        isAmid.current = true;
      }, afterMs);
    },
    leave() {
      isAmid.current = false;
    },
  };
}
