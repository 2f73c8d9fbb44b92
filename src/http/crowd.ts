/**
 * How many connections and requests there may be. A stranger can open as many connections as he likes and say little on each, so
 * where there is no room for one more, that one goes which has been the longest without a request:
 *
 *   opened ──▶ quiet ──(a request has arrived whole)──▶ busy ──(its answer is handed over)──▶ quiet, the last in line
 *                └── no room for another, and the first in line: closed      └── one that goes on: busy until it ends
 *
 * So who sends a request now and then keeps the connection, however many others are opened; and one that is busy is never closed.
 */
import type { Socket } from "node:net";
import type { FastifyRequest } from "fastify";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { refuseOn } from "./client-error.ts";

/** More than the queue of messages (webhook/ingest.ts) and the reads that may wait (store/sqlite/store.ts), which say what is full. */
const REQUESTS_IN_FLIGHT_MAX = 12_000;
/**
 * Sent on one connection before the first is answered and that answer taken. Whoever sends more and takes nothing would have each
 * fill some kilobytes, thousands of them out of one packet.
 */
const PIPELINED_REQUESTS_MAX = 128;
/** On all connections together: some 10 KB each, and more than 2,000 senders with a dozen each. Beyond, those go that take no answers. */
const UNSENT_REQUESTS_MAX = 32_000;
/**
 * Longer than Node gives to a head, a body and an idle connection (app.ts), so what is quiet for as long does not take its answer.
 * The largest page needs 20 KB a second then.
 */
const QUIET_MS_MAX = 90_000;

declare module "fastify" {
  interface FastifyRequest {
    /** begun: its head was read; arrived: with its body; streaming: its answer goes on; over: its answer is handed over. */
    crowdState: "begun" | "arrived" | "streaming" | "over";
  }
}

interface Peer {
  readonly socket: Socket;
  /** Opened, the last head came, or the last answer was handed over. */
  touchedMs: number;
  /** Bytes that had come when the last answer was handed over. */
  answeredBytes: number;
  /** Requests that are not over. */
  begun: number;
  /** These, and those whose answer is not sent to its end. */
  unsent: number;
  /** Of these, those that arrived whole. */
  busy: number;
  /** The one that began last; undefined before the first. */
  last: FastifyRequest | undefined;
  /** What is to be written behind the last answer; undefined while all can be read. */
  refuse: (() => void) | undefined;
}

export interface CrowdParts {
  readonly connectionsMax: number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** In milliseconds, never going back. */
  readonly now: () => number;
}

export class Crowd {
  readonly #parts: CrowdParts;
  readonly #peers = new Map<Socket, Peer>();
  /** Those that are not busy, the longest quiet first. */
  readonly #quiet = new Set<Peer>();
  #inFlight = 0;
  #unsent = 0;

  constructor(parts: CrowdParts) {
    this.#parts = parts;
    parts.metrics.watchCrowd(() => this.#depth());
  }

  #depth() {
    return {
      connections: this.#peers.size,
      connectionsMax: this.#parts.connectionsMax,
      inFlight: this.#inFlight,
      inFlightMax: REQUESTS_IN_FLIGHT_MAX,
    };
  }

  admit(socket: Socket): void {
    // Node keeps what it was asked for while the connection was there: a log line may be written after it.
    void socket.remoteAddress;
    if (this.#peers.size >= this.#parts.connectionsMax && !this.#makeRoom()) return this.#turnAway(socket);
    const peer: Peer = {
      socket,
      touchedMs: this.#parts.now(),
      answeredBytes: 0,
      begun: 0,
      unsent: 0,
      busy: 0,
      last: undefined,
      refuse: undefined,
    };
    this.#peers.set(socket, peer);
    this.#quiet.add(peer);
    socket.once("close", () => this.#forget(peer));
  }

  /** Its head has come. */
  begin(request: FastifyRequest): void {
    request.crowdState = "begun";
    const peer = this.#peers.get(request.raw.socket);
    if (peer === undefined) return;
    peer.last = request;
    peer.begun += 1;
    peer.unsent += 1;
    this.#unsent += 1;
    if (peer.busy === 0) this.#putLast(peer);
    // No answer would do: it would only be one more that is not taken.
    if (peer.unsent > PIPELINED_REQUESTS_MAX) this.#drop(peer, "pipelined");
    else if (this.#unsent > UNSENT_REQUESTS_MAX) this.#dropUnread();
  }

  /** It is there with its body. False when too many are. */
  arrive(request: FastifyRequest): boolean {
    if (this.#inFlight >= REQUESTS_IN_FLIGHT_MAX) {
      this.#parts.metrics.countCrowdedOut();
      return false;
    }
    request.crowdState = "arrived";
    this.#inFlight += 1;
    const peer = this.#peers.get(request.raw.socket);
    if (peer === undefined) return true;
    peer.busy += 1;
    this.#quiet.delete(peer);
    return true;
  }

  /** Its answer is handed over, or there is nobody to take one. */
  answer(request: FastifyRequest): void {
    const { crowdState } = request;
    request.crowdState = "over";
    if (crowdState === "over") return;
    if (crowdState === "arrived") this.#inFlight -= 1;
    const peer = this.#peers.get(request.raw.socket);
    if (peer === undefined) return;
    peer.begun -= 1;
    if (crowdState !== "begun") peer.busy -= 1;
    peer.answeredBytes = peer.socket.bytesRead;
    if (peer.busy === 0) this.#putLast(peer);
  }

  /** Its answer goes on, and is bounded by whoever gives it (stream/streams.ts): such a connection makes room for nobody. */
  stream(request: FastifyRequest): void {
    if (request.crowdState !== "arrived") return;
    request.crowdState = "streaming";
    this.#inFlight -= 1;
  }

  /** Its answer is sent to its end, or the connection is gone. */
  end(request: FastifyRequest): void {
    if (request.crowdState === "streaming") this.answer(request);
    const peer = this.#peers.get(request.raw.socket);
    if (peer === undefined) return;
    peer.unsent -= 1;
    this.#unsent -= 1;
    this.#refuseUnreadable(peer);
  }

  /**
   * Refuses what cannot be read as HTTP, once what came whole before it on the connection has its answers: written at once, the
   * refusal would be taken for one of these. The first of several is the one.
   */
  afterAnswers(socket: Socket, refuse: () => void): void {
    const peer = this.#peers.get(socket);
    if (peer === undefined) return refuse();
    peer.refuse ??= refuse;
    this.#refuseUnreadable(peer);
  }

  closeStalled(): void {
    const since = this.#parts.now() - QUIET_MS_MAX;
    for (const peer of this.#quiet) {
      if (peer.touchedMs > since) return;
      this.#drop(peer, "stalled");
    }
  }

  #refuseUnreadable({ refuse, unsent, last }: Peer): void {
    // The one that is coming in is what could not be read.
    const isComing = last !== undefined && last.crowdState !== "over" && !last.raw.complete;
    if (refuse !== undefined && unsent === (isComing ? 1 : 0)) refuse();
  }

  #putLast(peer: Peer): void {
    peer.touchedMs = this.#parts.now();
    this.#quiet.delete(peer);
    this.#quiet.add(peer);
  }

  /** False when every connection is busy. */
  #makeRoom(): boolean {
    const [longestQuiet] = this.#quiet;
    if (longestQuiet === undefined) return false;
    this.#drop(longestQuiet, "crowded");
    return true;
  }

  /** Of those whose answers are not taken, the one that was quiet the longest. */
  #dropUnread(): void {
    for (const peer of this.#quiet) if (peer.unsent > peer.begun) return this.#drop(peer, "stalled");
  }

  /** Who is amid a request is told; an answer that nobody waits for could be taken for that to the next request. */
  #drop(peer: Peer, reason: "crowded" | "pipelined" | "stalled"): void {
    this.#forget(peer);
    this.#parts.metrics.countClosedConnection(reason);
    const { socket } = peer;
    const isAmidRequest = peer.begun > 0 || socket.bytesRead > peer.answeredBytes;
    if (reason !== "crowded" || !isAmidRequest || socket.writableLength > 0) return void socket.destroy();
    this.#refuse(socket, "the request was too slow to come, and others needed the room");
  }

  #turnAway(socket: Socket): void {
    this.#parts.metrics.countClosedConnection("refused");
    this.#refuse(socket, "too many connections, each with a request that is being answered");
  }

  #refuse(socket: Socket, what: string): void {
    const { log, metrics } = this.#parts;
    refuseOn(socket, ["unavailable", `${what}; send again later`], "crowded", log, metrics);
  }

  #forget(peer: Peer): void {
    if (this.#peers.delete(peer.socket)) this.#unsent -= peer.unsent;
    this.#quiet.delete(peer);
  }
}
