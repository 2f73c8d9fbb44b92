/** What arrives while the page is looked at: GET /messages/stream. */
import { followStream, rest, type StreamEvent, StreamRefused } from "../src/follow-stream.ts";
import type { Message } from "../src/message.ts";
import { headersOf, signOutOf, urlOf } from "./api.ts";
import { AT_ONCE_MESSAGES_MAX, AT_ONCE_MS, BEHIND_MESSAGES_MAX, behindRestMs } from "./behind.ts";
import { token } from "./session.ts";

export interface Listener {
  /** What follows is told; of what arrived before, nothing was, or not all. */
  began(): void;
  /** In the order of arrival; one that arrived just before it began may be among them. */
  arrived(messages: readonly Message[]): void;
  /** Now and then: what the stream does not tell may have changed. */
  looked(): void;
}

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

/** Hands on what was told, some at a time. */
class Telling {
  readonly #listener: Listener;
  /** Where to go on behind; empty for now. */
  lastEventId = "";
  #messages: Message[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Returns whether the stream is to go on: who cannot keep up begins anew. */
  tell({ event, id, data }: StreamEvent): boolean {
    const isAnew = this.lastEventId === "";
    const isFollowed = event !== "reset" && !isFarBehind(event, data) && !this.#isFlooded;
    this.lastEventId = isFollowed ? id : "";
    if (!isFollowed) return this.#leaveOut(event);
    if (event === "message") {
      this.#messages.push(JSON.parse(data) as Message);
      this.#timer ??= setTimeout(() => this.#handOn(), AT_ONCE_MS);
    } else if (event === "start" && isAnew) {
      this.#listener.began();
    } else {
      this.#listener.looked();
    }
    return true;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#messages = [];
  }

  get #isFlooded(): boolean {
    return this.#messages.length >= AT_ONCE_MESSAGES_MAX;
  }

  /** What was not handed on by now is of what the list is asked for, once the stream begins anew. */
  #leaveOut(event: string): boolean {
    this.end();
    return event === "reset";
  }

  #handOn(): void {
    this.#timer = undefined;
    this.#listener.arrived(this.#messages.splice(0));
  }
}

function isFarBehind(event: string, data: string): boolean {
  if (event !== "start" && event !== "position") return false;
  return (JSON.parse(data) as { readonly behind: number }).behind >= BEHIND_MESSAGES_MAX;
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
