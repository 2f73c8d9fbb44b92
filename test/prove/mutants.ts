/**
 * Requests that are wrong in one way or another, and some that are not. Of each it is known where it ends, so that it gets one answer,
 * and whether it is rightly signed; but for those of kind `bytes`, which go over a connection of their own, as those of kind `stream` do,
 * whose answers do not end.
 */
import { signature } from "../support/client.ts";
import type { Random } from "../support/random.ts";
import { FIRST, MutantMessages } from "./mutant-messages.ts";
import { MutantErasures } from "./mutant-erasures.ts";
import { MutantReads } from "./mutant-reads.ts";
import { get, head, post, target, TOKEN } from "./mutant-request.ts";
import { mutateBytes, mutateText, oneLine } from "./mutate.ts";

export interface Mutant {
  readonly kind: MutantKind;
  readonly request: Buffer;
  /** Of a POST /webhook: the body as the service sees it. Undefined where a 200 tells of nothing that is stored. */
  readonly body?: Buffer;
  /** A 200 would be a forgery. */
  readonly isForged?: true;
  /** Of a POST /webhook: it may be erased by others of these. */
  readonly isErasable?: true;
  /** A 200 has to be a receipt. */
  readonly erases?: true;
  /** A token that may read and no more: a 200 would have erased something. */
  readonly isReader?: true;
  /** A token that nobody has: anything but a 401 would be a leak. */
  readonly isStranger?: true;
}

/** How many of a hundred. */
const SHARES = {
  valid: 7,
  conflict: 1,
  signed: 25,
  standard: 8,
  forged: 8,
  headers: 10,
  chunked: 6,
  query: 12,
  cursor: 4,
  stream: 2,
  erasure: 1,
  method: 4,
  token: 4,
  bytes: 8,
} as const;
type MutantKind = keyof typeof SHARES;
const KINDS = Object.entries(SHARES).flatMap(([kind, share]) =>
  Array.from({ length: share }, () => kind as MutantKind),
);

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "QUERY",
  "SEARCH",
  "LOCK",
];
const PATHS = [
  "/webhook",
  "/messages",
  "/messages/m1",
  "/stats",
  "/stats/timeline",
  "/rejections",
  "/metrics",
  "/health/live",
  "/health/ready",
  "/openapi.json",
  "/conflicts",
  "/nothing",
  "/",
];
/** What nobody is shown without a token; the page at `/` holds no data. */
const GUARDED_PATHS = [
  ...PATHS.filter((path) => path !== "/" && !/^\/(?:webhook|health)/.test(path)),
  "/access",
  "/messages/stream",
];
const LISTS = ["/messages", "/messages", "/stats/timeline", "/rejections", "/conflicts"];
/** Those with cursors. */
const PAGED = ["/messages", "/messages", "/messages", "/conflicts"];
const NAMES = [
  "host",
  "content-type",
  "content-encoding",
  "x-request-id",
  "accept",
  "accept-version",
  "expect",
  "connection",
  "upgrade",
  "x-forwarded-for",
  "forwarded",
  "cookie",
  "range",
  "te",
  "trailer",
  "x-signature",
  "origin",
];
const VALUES = [
  "gzip",
  "identity",
  "100-continue",
  "close",
  "keep-alive",
  "upgrade",
  "h2c",
  "application/json; charset=utf-16",
  "bytes=0-",
  "*/*",
  "127.0.0.1",
  "evil.example",
  "x".repeat(9_000),
];

export class Mutants {
  readonly #random: Random;
  readonly #messages: MutantMessages;
  readonly #reads: MutantReads;
  readonly #erasures: MutantErasures;

  constructor(random: Random) {
    this.#random = random;
    this.#messages = new MutantMessages(random);
    this.#reads = new MutantReads(random);
    this.#erasures = new MutantErasures(random);
  }

  next(): Mutant {
    const kind = this.#random.pick(KINDS);
    return { kind, ...this.#make[kind]() };
  }

  /** Of a page that was listed. */
  learn(cursor: string): void {
    this.#reads.learn(cursor);
  }

  /** Of an event of a stream. */
  learnPlace(place: string): void {
    this.#reads.learnPlace(place);
  }

  /** By kind. */
  readonly #make: Readonly<Record<MutantKind, () => Omit<Mutant, "kind">>> = {
    valid: () => signed(this.#messages.valid()),
    conflict: () => signed(this.#messages.conflict()),
    signed: () => signed(this.#messages.wrong()),
    standard: () => this.#messages.standard(),
    forged: () => ({ request: this.#messages.forged(this.#messages.valid()), isForged: true }),
    headers: () => this.#withHeaders(),
    chunked: () => {
      const body = this.#random.below(2) === 0 ? this.#messages.wrong() : this.#messages.valid();
      return { body, request: this.#messages.chunked(body) };
    },
    query: () => ({ request: get(`${this.#random.pick(LISTS)}?${this.#reads.query()}`) }),
    cursor: () => ({
      request: get(`${this.#random.pick(PAGED)}?limit=2&cursor=${this.#reads.cursor()}`),
    }),
    stream: () => {
      const path = `/messages/stream?${this.#random.below(3) === 0 ? this.#reads.query() : ""}`;
      return { request: get(path, [`Last-Event-ID: ${this.#reads.lastEventId()}`]) };
    },
    erasure: () => this.#erasures.next(),
    method: () => {
      const line = `${this.#random.pick(METHODS)} ${target(this.#random.pick(PATHS), this.#random)}`;
      return { request: head(line, ["Content-Length: 0"], TOKEN) };
    },
    token: () => {
      const line = `GET ${this.#random.pick(GUARDED_PATHS)}`;
      return { request: head(line, [], this.#reads.wrongToken()), isStranger: true };
    },
    bytes: () => ({ request: this.#bytes() }),
  };

  #withHeaders(): Omit<Mutant, "kind"> {
    const headers = this.#headers();
    if (this.#random.below(3) === 0) return { request: get(this.#random.pick(PATHS), headers) };
    const body = this.#messages.valid();
    const isSigned = headers.some((header) => header.startsWith("x-signature:"));
    return {
      body,
      request: post(body, [...(isSigned ? [] : [`X-Signature: ${signature(body)}`]), ...headers]),
    };
  }

  #headers(): string[] {
    const random = this.#random;
    return Array.from({ length: 1 + random.below(4) }, () => {
      const value = random.below(2) === 0 ? random.pick(VALUES) : mutateText(random.pick(VALUES), random);
      return `${random.pick(NAMES)}: ${oneLine(value)}`;
    });
  }

  /** Of a request whose 200 would be that of a duplicate, or tell of nothing. */
  #bytes(): Buffer {
    const random = this.#random;
    const body = Buffer.from(JSON.stringify(FIRST));
    const whole = random.pick([
      () => post(body, [`X-Signature: ${signature(body)}`, "Connection: close"]),
      () => get("/messages?limit=1", ["Connection: close"]),
      () => this.#messages.chunked(body),
      () => head("HEAD /messages", [], TOKEN),
      () => head("CONNECT here:80", [], TOKEN),
      () => Buffer.concat([post(body, [`X-Signature: ${signature(body)}`]), get("/stats")]),
    ])();
    return mutateBytes(whole, random);
  }
}

function signed(body: Buffer): Omit<Mutant, "kind"> {
  return { body, request: post(body, [`X-Signature: ${signature(body)}`]) };
}

/** What has to be acknowledged before anything else is sent. */
export function firstRequest(): Buffer {
  return signed(Buffer.from(JSON.stringify(FIRST))).request;
}
