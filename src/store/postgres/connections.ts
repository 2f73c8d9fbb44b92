import type { Client } from "pg";
import { AppError } from "../../errors.ts";
import type { ConnectionsDepth } from "../../depth-gauges.ts";
import { asAppError } from "./failure.ts";

/** After a connection was refused, the next attempt waits so long; twice as long after each further one, up to the most. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MS_MAX = 2_000;
/** What lay idle longer may have been dropped on the way by a firewall that says nothing. */
const IDLE_MS_MAX = 60_000;

interface Idle {
  readonly client: Client;
  readonly since: number;
}

interface Waiting {
  resolve(client: Client): void;
  reject(error: unknown): void;
}

/** Where connections come from. */
export interface ConnectionSource {
  connect(): Promise<Client>;
  /** Whether one that lay idle still leads where a new one would. */
  isCurrent(client: Client): boolean;
  /** Told of each that is given up because its work failed. */
  gaveUp(client: Client, error: unknown): void;
}

export interface Bounds {
  /** Connections at once. */
  readonly size: number;
  /** Calls that may wait for one. */
  readonly waitingMax: number;
}

/**
 * Connections of one use, opened when they are needed. While no server can be reached, calls are refused at once, and the first
 * one after the backoff tries again: so the connections come back by themselves, and nobody waits for what is not there.
 */
export class Connections {
  readonly #source: ConnectionSource;
  readonly #bounds: Bounds;
  readonly #idle: Idle[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #open = new Set<Client>();
  #connecting = 0;
  #refusal: { readonly error: unknown; readonly untilMs: number; readonly backoffMs: number } | null = null;
  #closed = false;
  #crowdedOut = 0;
  #unconnected = 0;

  constructor(source: ConnectionSource, bounds: Bounds) {
    this.#source = source;
    this.#bounds = bounds;
  }

  readonly depth = (): ConnectionsDepth => ({
    open: this.#open.size,
    openMax: this.#bounds.size,
    waiting: this.#waiting.length,
    waitingMax: this.#bounds.waitingMax,
    crowdedOut: this.#crowdedOut,
    unconnected: this.#unconnected,
  });

  /**
   * Runs `work` on a connection that nobody else uses meanwhile. When it fails the connection is given up, in whatever state it
   * was left. Rejects with an AppError.
   */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.#take();
    try {
      const done = await work(client);
      this.#putBack(client);
      return done;
    } catch (error) {
      void this.#discard(client);
      this.#source.gaveUp(client, error);
      this.#serve();
      throw error;
    }
  }

  /** Ends every connection, also those in use; who waits is refused. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(closed());
    await Promise.all([...this.#open].map((client) => this.#discard(client)));
  }

  #take(): Promise<Client> {
    if (this.#closed) return Promise.reject(closed());
    const idle = this.#takeIdle();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.#isRefusing()) return Promise.reject(this.#unconnectedError());
    if (this.#waiting.length >= this.#bounds.waitingMax) {
      this.#crowdedOut += 1;
      const reason = `${this.#waiting.length} calls wait for a connection`;
      return Promise.reject(new AppError("unavailable", "the store is not available now", { reason }));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  /** No connection is left, and it is too early to try for another. */
  #isRefusing(): boolean {
    return this.#open.size === 0 && this.#refusal !== null && performance.now() < this.#refusal.untilMs;
  }

  #takeIdle(): Client | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      const isFresh = performance.now() - idle.since < IDLE_MS_MAX && this.#source.isCurrent(idle.client);
      if (this.#open.has(idle.client) && isFresh) return idle.client;
      void this.#discard(idle.client);
    }
    return undefined;
  }

  #putBack(client: Client): void {
    if (this.#open.has(client) && !this.#closed) this.#idle.push({ client, since: performance.now() });
    this.#serve();
  }

  /** Gives idle connections to those who wait, and opens more where there is room. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const client = this.#takeIdle();
      if (client === undefined) break;
      this.#waiting.shift()?.resolve(client);
    }
    const wanted = Math.min(this.#waiting.length, this.#bounds.size - this.#open.size);
    const isTooEarly = this.#refusal !== null && performance.now() < this.#refusal.untilMs;
    for (let more = isTooEarly ? 0 : wanted - this.#connecting; more > 0; more -= 1) void this.#openOne();
    if (this.#isRefusing() && this.#connecting === 0) this.#refuseWaiting();
  }

  async #openOne(): Promise<void> {
    this.#connecting += 1;
    try {
      const client = await this.#source.connect();
      this.#refusal = null;
      this.#open.add(client);
      // Lost while idle or in use: whoever uses it is told by its own query.
      client.once("error", () => void this.#discard(client));
      client.once("end", () => void this.#discard(client));
      if (this.#closed) void this.#discard(client);
      else this.#idle.push({ client, since: performance.now() });
    } catch (error) {
      const before = this.#refusal?.backoffMs ?? BACKOFF_FIRST_MS / 2;
      const backoffMs = Math.min(2 * before, BACKOFF_MS_MAX);
      this.#refusal = { error, backoffMs, untilMs: performance.now() + backoffMs };
    } finally {
      this.#connecting -= 1;
    }
    this.#serve();
  }

  #refuseWaiting(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#unconnectedError());
  }

  #unconnectedError(): AppError {
    this.#unconnected += 1;
    return asAppError(this.#refusal?.error);
  }

  async #discard(client: Client): Promise<void> {
    if (!this.#open.delete(client)) return;
    await client.end().catch(() => undefined);
  }
}

function closed(): AppError {
  return new AppError("unavailable", "the store is closed");
}
