/** What arrives while the page is looked at: GET /messages/stream. */
import { followStream, rest, StreamRefused } from "../src/follow-stream.ts";
import { headersOf, signOutOf, urlOf } from "./api.ts";
import { behindRestMs } from "./behind.ts";
import { token } from "./session.ts";
import { type Listener, Telling } from "./telling.ts";

type Filter = Readonly<Record<string, string>>;

/** Tells of the messages that match, and goes on behind the last where it was cut off. Returns what ends it. */
export function followArrivals(filter: Filter, listener: Listener): () => void {
  const ended = new AbortController();
  const telling = new Telling(listener);
  ended.signal.addEventListener("abort", () => telling.end());
  const given = token();
  void followAll(filter, given, telling, ended.signal).catch((error: unknown) => {
    if (!(error instanceof StreamRefused)) throw error;
    // Whatever else is wrong, the list says when it asks.
    if (error.status === 401) signOutOf(given);
  });
  return () => ended.abort();
}

/** One stream after the other: none while nobody looks, since a browser has few connections to give to one service. */
async function followAll(
  filter: Filter,
  given: string | null,
  telling: Telling,
  ended: AbortSignal,
): Promise<void> {
  let restMs = 0;
  while (!ended.aborted) {
    await seen(ended);
    const cut = new AbortController();
    const onHidden = (): void => (isHidden() ? cut.abort() : undefined);
    document.addEventListener("visibilitychange", onHidden);
    const stream = followStream({
      url: urlOf("messages/stream", filter),
      headers: headersOf(given),
      lastEventId: telling.lastEventId,
      signal: AbortSignal.any([ended, cut.signal]),
    });
    let isBehind = false;
    const beganMs = performance.now();
    for await (const event of stream) {
      if (!ended.aborted) isBehind = !telling.tell(event);
      // What came with it is left out, too.
      if (ended.aborted || isBehind) break;
    }
    cut.abort();
    document.removeEventListener("visibilitychange", onHidden);
    restMs = isBehind ? behindRestMs(restMs, performance.now() - beganMs) : 0;
    if (isBehind) await rest(restMs, ended);
  }
}

function isHidden(): boolean {
  return document.visibilityState === "hidden";
}

/** Resolves when the page is looked at, or is not to be followed any more. */
function seen(ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (isHidden() && !ended.aborted) return;
      document.removeEventListener("visibilitychange", look);
      ended.removeEventListener("abort", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    ended.addEventListener("abort", look);
    look();
  });
}
