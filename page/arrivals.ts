/** What arrives while the page is looked at: GET /messages/stream. */
import { followStream, rest, StreamRefused } from "../src/follow-stream.ts";
import { headersOf, signOutOf, urlOf } from "./api.ts";
import { behindRestMs } from "./behind.ts";
import { token } from "./session.ts";
import { type Listener, Telling } from "./telling.ts";

type Filter = Readonly<Record<string, string>>;

/** The service answers so to what no other try makes better; the list asks the same, and says why. */
const FINAL = new Set([401, 422]);
/** Else somebody on the way refused it, who may be gone soon: a proxy while the service is replaced behind it. */
const REFUSED_REST_MS = 5_000;

/** Tells of the messages that match, and goes on behind the last where it was cut off. Returns what ends it. */
export function followArrivals(filter: Filter, listener: Listener): () => void {
  const ended = new AbortController();
  const telling = new Telling(listener);
  ended.signal.addEventListener("abort", () => telling.end());
  const given = token();
  void followAll(filter, given, telling, ended.signal).catch((error: unknown) => {
    if (!(error instanceof StreamRefused)) throw error;
    if (error.status === 401) signOutOf(given);
  });
  return () => ended.abort();
}

/**
 * One stream after the other: none while nobody looks, since a browser has few connections to give to one service. Throws StreamRefused
 * where no other will do.
 */
async function followAll(
  filter: Filter,
  given: string | null,
  telling: Telling,
  ended: AbortSignal,
): Promise<void> {
  let restMs = 0;
  while (!ended.aborted) {
    await seen(ended);
    const beganMs = performance.now();
    const outcome = await followOne(filter, given, telling, ended);
    if (outcome === "refused") telling.lost();
    restMs = outcome === "behind" ? behindRestMs(restMs, performance.now() - beganMs) : 0;
    if (outcome === "behind") await rest(restMs, ended);
    if (outcome === "refused") await rest(REFUSED_REST_MS, ended);
  }
}

/** Over as many connections as it takes, until nobody looks, or it cannot be kept up with, or somebody on the way refuses it. */
async function followOne(
  filter: Filter,
  given: string | null,
  telling: Telling,
  ended: AbortSignal,
): Promise<"hidden" | "behind" | "refused"> {
  const cut = new AbortController();
  const onHidden = (): void => (isHidden() ? cut.abort() : undefined);
  document.addEventListener("visibilitychange", onHidden);
  const stream = followStream({
    url: urlOf("messages/stream", filter),
    headers: headersOf(given),
    lastEventId: telling.lastEventId,
    signal: AbortSignal.any([ended, cut.signal]),
    onLost: () => telling.lost(),
  });
  try {
    for await (const event of stream) {
      // What came with it is left out, too.
      if (ended.aborted) break;
      if (!telling.tell(event)) return "behind";
    }
    return "hidden";
  } catch (error) {
    if (!(error instanceof StreamRefused) || FINAL.has(error.status)) throw error;
    return "refused";
  } finally {
    cut.abort();
    document.removeEventListener("visibilitychange", onHidden);
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
