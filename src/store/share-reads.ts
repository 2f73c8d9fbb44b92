/**
 * Many ask for the same at once: every open page shows the newest messages, and in a flood asks for them anew. So while a read runs, all
 * who ask the same wait for the next one, and share that: it begins behind the call of each of them, so that each sees what was
 * acknowledged before, and however many ask, one runs at a time.
 */
import type { Store } from "./store.ts";

/** The store, with its reads shared. What it answers is not to be changed by whoever gets it. */
export function shareReads(store: Store): Store {
  const begin = shared((limit: number) => store.arrivals(null, limit));
  return {
    ...store,
    find: shared((...asked) => store.find(...asked)),
    stats: shared((...asked) => store.stats(...asked)),
    timeline: shared((...asked) => store.timeline(...asked)),
    arrivals: (after, limit, end) => (after === null ? begin(limit) : store.arrivals(after, limit, end)),
  };
}

/** A read that runs. */
interface Running<T> {
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<void>;
  /** The one behind it, once somebody waits for that. */
  next?: Promise<T>;
}

/** What is asked is told apart by its JSON. */
export function shared<Asked extends readonly unknown[], T>(
  read: (...asked: Asked) => Promise<T>,
): (...asked: Asked) => Promise<T> {
  const all = new Map<string, Running<T>>();
  const run = (key: string, asked: Asked): Promise<T> => {
    const answer = read(...asked);
    const running: Running<T> = { ended: settled(answer) };
    all.set(key, running);
    // Before whoever waits for it begins.
    void running.ended.then(() => running.next === undefined && all.delete(key));
    return answer;
  };
  return (...asked) => {
    const key = JSON.stringify(asked);
    const running = all.get(key);
    if (running === undefined) return run(key, asked);
    return (running.next ??= running.ended.then(() => run(key, asked)));
  };
}

async function settled(answer: Promise<unknown>): Promise<void> {
  await answer.catch(() => undefined);
}
