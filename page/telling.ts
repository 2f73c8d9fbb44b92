/** What the events of the stream come to, some at a time; and who cannot keep up with them. */
import type { StreamEvent } from "../src/follow-stream.ts";
import type { Message } from "../src/message.ts";
import { AT_ONCE_MESSAGES_MAX, AT_ONCE_MS, BEHIND_MESSAGES_MAX } from "./behind.ts";

export interface Listener {
  /** What follows is told; of what arrived before, nothing was, or not all. */
  began(): void;
  /** In the order of arrival; one that arrived just before it began may be among them. */
  arrived(messages: readonly Message[]): void;
  /** Now and then, and when nothing can be told for a while: what the stream does not tell may have changed. */
  looked(): void;
}

export class Telling {
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
    if (event === "message") this.#messages.push(JSON.parse(data) as Message);
    const isFlooded = this.#messages.length >= AT_ONCE_MESSAGES_MAX;
    if (event === "reset" || isFlooded || isFarBehind(event, data)) {
      // Of what was not handed on the list is asked for, once the stream begins anew.
      this.end();
      this.lastEventId = "";
      return event === "reset";
    }
    this.lastEventId = id;
    if (event === "message") this.#timer ??= setTimeout(() => this.#handOn(), AT_ONCE_MS);
    else if (event === "start" && isAnew) this.#listener.began();
    else this.#listener.looked();
    return true;
  }

  /** The stream is away, and comes again. */
  lost(): void {
    this.#listener.looked();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#messages = [];
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
