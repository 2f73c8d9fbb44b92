/**
 * All who follow the inbox. A client is a place in the order of arrival, never a queue: each round reads the messages behind the
 * places where clients are, hands them over, and moves the places on.
 *
 *   round ─▶ clients by place, the longest not looked after first ─▶ one read for each place ─▶ one text for each message,
 *     ▲                                                              one chunk for each filter, the same bytes for all its clients
 *     └── after a rest: longer than what the round took, by a factor; while nothing is left, ROUND_EVERY_MS
 *
 * Whoever does not take what he was sent stays where he is, and catches up by reads of his own.
 */
import { AppError } from "../errors.ts";
import type { MessageFilter } from "../message.ts";
import type { Arrivals } from "../store/arrivals.ts";
import type { Store } from "../store/store.ts";
import { chunkOf, placeEvent, resetEvent, RETRY } from "./events.ts";
import { Follower } from "./follower.ts";
import { Pace } from "./pace.ts";

/** Of one read, at the most: what that costs is shared by enough of them, and handing them over takes some milliseconds. */
const READ_MESSAGES = 200;
/** In one round. Clients that come back at once, each from another place, are looked after in turn. */
const READS_OF_A_ROUND = 4;
/** A client that was sent nothing for as long is told its place: proxies drop what is silent for a minute, as a rule. */
const QUIET_MS = 15_000;
/** Whoever takes nothing of what he was sent for as long is gone, or wants no more of it. */
const BLOCKED_MS_MAX = 60_000;
/** So far behind, a client is told from time to time how far. */
const TOLD_FROM_MESSAGES = 2_000;
const TELL_EVERY_MS = 1_000;

export interface StreamsParts {
  readonly store: Pick<Store, "arrivals" | "countArrivals">;
  readonly streamsMax: number;
  /** In milliseconds, never going back. */
  readonly now: () => number;
  /** Told of each read that fails; `again`: so did the one before. */
  readonly onFailure: (error: unknown, again: boolean) => void;
  /** Told of each client that is cut off since it takes nothing. */
  readonly onBlocked: () => void;
}

/** Where a client begins. */
interface Begin {
  readonly place: string;
  readonly behind: number;
  /** Why it does not begin where it asked to. */
  readonly reset?: string;
}

export class Streams {
  readonly #parts: StreamsParts;
  readonly #followers = new Set<Follower>();
  readonly #pace: Pace;
  /** Of the next read: fewer while messages are so large that only some of them are handed over. */
  #readMessages = READ_MESSAGES;
  #opening = 0;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isFailing = false;
  #isClosed = false;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts.now);
  }

  get open(): number {
    return this.#followers.size;
  }

  /**
   * Begins behind the place, or now for null or a place that this inbox does not know. Throws AppError `unavailable` when there are
   * as many as there may be, or the store cannot be read.
   */
  async follow(filter: MessageFilter, after: string | null): Promise<Follower> {
    if (this.#followers.size + this.#opening >= this.#parts.streamsMax)
      throw new AppError("unavailable", "too many streams are open; try again later");
    this.#opening += 1;
    try {
      const { place, behind, reset } = await this.#begin(after);
      if (this.#isClosed) throw new AppError("unavailable", "the service is stopping");
      const nowMs = this.#parts.now();
      const follower = new Follower(filter, place, behind, nowMs);
      const reasons = reset === undefined ? [] : [resetEvent(reset)];
      follower.send(Buffer.concat([RETRY, ...reasons, placeEvent("start", place, behind)]), nowMs);
      this.#followers.add(follower);
      follower.body.once("close", () => this.#followers.delete(follower));
      this.#schedule();
      return follower;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Ends every stream, and lets none begin. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const follower of this.#followers) follower.end(this.#parts.now());
  }

  async #begin(after: string | null): Promise<Begin> {
    const { store } = this.#parts;
    let reset: string | undefined;
    if (after !== null) {
      try {
        return { place: after, behind: await store.countArrivals(after) };
      } catch (error) {
        if (!isUnknownPlace(error)) throw error;
        reset = error.message;
      }
    }
    const { next } = await store.arrivals(null, 1);
    return { place: next, behind: 0, ...(reset !== undefined && { reset }) };
  }

  #schedule(): void {
    if (this.#isRunning || this.#isClosed || this.#followers.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, this.#pace.restMs);
  }

  /** Never rejects: what the store cannot be asked now, the next round asks again. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    this.#pace.begin();
    try {
      await this.#round();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isClosed) this.#parts.onFailure(error, this.#isFailing);
      this.#isFailing = true;
      this.#pace.failed();
    } finally {
      this.#lookAfterAll();
      this.#pace.end();
      this.#isRunning = false;
    }
    this.#schedule();
  }

  async #round(): Promise<void> {
    const groups = groupsOf(this.#followers);
    let end: string | undefined;
    for (const group of groups.slice(0, READS_OF_A_ROUND)) end = (await this.#serve(group, end)) ?? end;
    if (groups.length > READS_OF_A_ROUND) this.#pace.moreIsLeft();
  }

  /** Resolves with the place up to which everything was read, if it was; others read no farther, and so get to the same place. */
  async #serve(group: readonly Follower[], end: string | undefined): Promise<string | undefined> {
    const { now } = this.#parts;
    const read = await this.#read(group, end);
    if (read === null) return undefined;
    const { events, next, isCut } = chunkOf(read);
    const isTooMuch = events.length < read.data.length;
    this.#readMessages = Math.min(READ_MESSAGES, isTooMuch ? events.length : 2 * this.#readMessages);
    const behind = isCut ? await this.#behind(group, next) : 0;
    await this.#handOver(group, read, events, next);
    for (const follower of group) {
      follower.readMs = now();
      follower.behind = behind ?? follower.behind;
      if (follower.behind >= TOLD_FROM_MESSAGES && now() - follower.toldMs >= TELL_EVERY_MS)
        follower.tellPlace(now());
    }
    if (isCut) this.#pace.moreIsLeft();
    return isCut ? undefined : next;
  }

  /** Null where the inbox has become another one: they come again, and are told so. */
  async #read(group: readonly Follower[], end: string | undefined): Promise<Arrivals | null> {
    const { store, now } = this.#parts;
    const place = group[0]?.place ?? null;
    try {
      return await this.#pace.waitingForStore(store.arrivals(place, this.#readMessages, end));
    } catch (error) {
      if (!isUnknownPlace(error)) throw error;
      for (const follower of group) follower.end(now());
      return null;
    }
  }

  /** How far behind it is where somebody is to be told that; else null. */
  async #behind(group: readonly Follower[], place: string): Promise<number | null> {
    const isDue = group.some(({ toldMs }) => this.#parts.now() - toldMs >= TELL_EVERY_MS);
    return isDue ? this.#pace.waitingForStore(this.#parts.store.countArrivals(place)) : null;
  }

  /** `next`: the place behind them. */
  async #handOver(
    group: readonly Follower[],
    { data }: Arrivals,
    events: readonly Buffer[],
    next: string,
  ): Promise<void> {
    for (const followers of Map.groupBy(group, ({ key }) => key).values()) {
      const [{ isAsked } = { isAsked: () => false }] = followers;
      const asked = events.filter((_, index) => {
        const arrival = data[index];
        return arrival !== undefined && isAsked(arrival.message);
      });
      const bytes = Buffer.concat(asked);
      for (const follower of followers) {
        follower.messages += asked.length;
        // Together: one that is ended while others are handed theirs goes on behind what it has.
        follower.place = next;
        follower.send(bytes, this.#parts.now());
      }
      await this.#pace.giveWay();
    }
  }

  #lookAfterAll(): void {
    const nowMs = this.#parts.now();
    for (const follower of this.#followers) {
      const blockedSinceMs = follower.isEnded ? follower.sentMs : follower.body.blockedSinceMs;
      if (blockedSinceMs === null) {
        if (nowMs - follower.sentMs >= QUIET_MS) follower.tellPlace(nowMs);
      } else if (nowMs - blockedSinceMs >= BLOCKED_MS_MAX) {
        this.#parts.onBlocked();
        follower.body.destroy();
      }
    }
  }
}

/** Those who can be handed something, by their place; the one first that was not looked after for the longest. */
function groupsOf(followers: Iterable<Follower>): Follower[][] {
  const ready = [...followers].filter(({ isOpen, body }) => isOpen && body.blockedSinceMs === null);
  const groups = [...Map.groupBy(ready, ({ place }) => place).values()];
  const readMs = (group: readonly Follower[]): number => Math.min(...group.map((one) => one.readMs));
  return groups.toSorted((a, b) => readMs(a) - readMs(b));
}

function isUnknownPlace(error: unknown): error is AppError {
  return error instanceof AppError && error.code === "invalid";
}
