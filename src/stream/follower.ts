import { Readable } from "node:stream";
import { matcherOf } from "../matcher.ts";
import type { Message, MessageFilter } from "../message.ts";
import { placeEvent } from "./events.ts";

/** Of the answer's own buffer, beside that of the connection. */
const BUFFER_BYTES = 64 * 1024;

/** The body of an answer that goes on. What is handed to it is sent at once, or kept while the client does not take it. */
class Body extends Readable {
  /** Since when what it keeps is too much to hand it more; null while it is not. */
  blockedSinceMs: number | null = null;

  constructor() {
    super({ highWaterMark: BUFFER_BYTES });
  }

  override _read(): void {
    this.blockedSinceMs = null;
  }
}

/** One client: a place in the order of arrival, and the messages that it asks for. Nothing is kept for it but what was handed over. */
export class Follower {
  readonly body = new Body();
  /** Followers with the same key ask for the same messages. */
  readonly key: string;
  readonly isAsked: (message: Message) => boolean;
  place: string;
  /** As far as was counted. */
  behind: number;
  /** Of messages that it was sent. */
  messages = 0;
  /** When it was last told how far behind it is. */
  toldMs: number;
  /** When it was last sent anything. */
  sentMs: number;
  /** When messages behind its place were last looked for. */
  readMs = Number.NEGATIVE_INFINITY;
  /** Nothing is handed over any more; what was may not be taken yet. */
  isEnded = false;

  constructor(filter: MessageFilter, place: string, behind: number, nowMs: number) {
    this.key = JSON.stringify(filter);
    this.isAsked = matcherOf(filter);
    this.place = place;
    this.behind = behind;
    this.toldMs = nowMs;
    this.sentMs = nowMs;
  }

  get isOpen(): boolean {
    return !this.body.destroyed && !this.isEnded;
  }

  send(bytes: Buffer, nowMs: number): void {
    if (bytes.length === 0 || !this.isOpen) return;
    this.sentMs = nowMs;
    if (!this.body.push(bytes)) this.body.blockedSinceMs ??= nowMs;
  }

  /** So that a client whose filter nothing matches need not have the same looked through again. */
  tellPlace(nowMs: number): void {
    this.toldMs = nowMs;
    this.send(placeEvent("position", this.place, this.behind), nowMs);
  }

  /** Ends it as a whole answer, or at once where that would have to wait for the client. */
  end(nowMs: number): void {
    if (!this.isOpen) return;
    if (this.body.blockedSinceMs !== null) return void this.body.destroy();
    this.tellPlace(nowMs);
    this.isEnded = true;
    this.body.push(null);
  }
}
