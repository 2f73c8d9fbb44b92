import { useEffect, useState } from "preact/hooks";

/** One value that several parts of the page share. */
export interface Cell<T> {
  get(): T;
  set(value: T): void;
  /** Returns what ends it. */
  subscribe(listener: () => void): () => void;
}

export function createCell<T>(initial: T): Cell<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The value now; the component is drawn again when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [, draw] = useState({});
  useEffect(() => cell.subscribe(() => draw({})), [cell]);
  return cell.get();
}
