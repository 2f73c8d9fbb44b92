/** What arrives while the page is open. */
import { get } from "./api.ts";

/** Seldom enough to be no burden with many pages open, often enough to feel alive. */
const ASK_EVERY_MS = 3_000;

export interface Arrivals {
  /**
   * Tells each time that the number of messages that match may have changed; returns what ends it. Nothing is told of a failure: the next
   * time makes up for it.
   */
  watch(filter: Readonly<Record<string, string>>, changed: (total: number) => void): () => void;
}

/** Asks for the total now and then, while the page can be seen. */
export const arrivals: Arrivals = {
  watch(filter, changed) {
    const ended = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.visibilityState === "hidden") return;
      const { body } = await get<{ total: number }>("messages", { ...filter, limit: "1" }, ended.signal);
      if (!ended.signal.aborted) changed(body.total);
    };
    let timer = setTimeout(function again() {
      // The list says it when it cannot load; a question more or less is not worth a word.
      void ask()
        .catch(() => undefined)
        .finally(() => {
          if (!ended.signal.aborted) timer = setTimeout(again, ASK_EVERY_MS);
        });
    }, ASK_EVERY_MS);
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  },
};
