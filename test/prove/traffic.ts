/** The traffic of a soak: mostly new messages, and among them all that a service sees besides, each with its answer. */
import { webhookRequest } from "../../bench/ingest/load.ts";
import type { Message } from "../../src/message.ts";
import { signature } from "../support/client.ts";
import type { Random } from "../support/random.ts";
import type { Connection } from "./connection.ts";
import type { Ledger } from "./ledger.ts";

/** Of a hundred requests; the rest are new messages. */
const DUPLICATES_PERCENT = 6;
const CONFLICTS_PERCENT = 2;
const UNSIGNED_PERCENT = 2;
const INVALID_PERCENT = 2;
/** More than these would tell nothing new. */
const BROKEN_SHOWN_MAX = 20;
/** The last messages that were acknowledged, to look for at once. */
const RECENT = 16;

/** As webhook_requests_total names them. */
export type Result =
  "created" | "duplicate" | "conflict" | "invalid_signature" | "rate_limited" | "validation_error";

interface Shot {
  readonly result: Result;
  readonly serial: number;
  readonly message: Message;
  readonly request: Buffer;
}

const STATUSES: Readonly<Record<Result, number>> = {
  created: 200,
  duplicate: 200,
  conflict: 200,
  invalid_signature: 401,
  rate_limited: 429,
  validation_error: 422,
};

export class Traffic {
  readonly ledger: Ledger;
  /** What webhook_requests_total must say. */
  readonly results: Partial<Record<Result, number>> = {};
  readonly broken: string[] = [];
  /** Milliseconds from sending a request to having its answer. */
  readonly latenciesMs: number[] = [];
  readonly #random: Random;
  readonly #recent: number[] = [];

  constructor(ledger: Ledger, random: Random) {
    this.ledger = ledger;
    this.#random = random;
  }

  /** Requests that have their answer. */
  get answered(): number {
    return this.latenciesMs.length;
  }

  /** One that was acknowledged a moment ago; undefined before the first. */
  recent(): Message | undefined {
    const serial = this.#recent[this.#random.below(this.#recent.length)];
    return serial === undefined ? undefined : this.ledger.messageAt(serial);
  }

  /** Sends the next request, and holds its answer against what it must be. Never throws. */
  async shoot(connection: Connection): Promise<void> {
    const { result: expected, serial, message, request } = this.#next();
    let result = expected;
    const sent = performance.now();
    try {
      const { status, text } = await connection.send(request);
      // Of thousands that are forged, the later ones are refused so.
      if (expected === "invalid_signature" && status === STATUSES.rate_limited) result = "rate_limited";
      if (status !== STATUSES[result])
        return this.#tell(`${message.message_id} (${result}) was answered ${status}: ${text.slice(0, 200)}`);
    } catch (error) {
      return this.#tell(`${message.message_id} (${result}) got no answer: ${String(error)}`);
    } finally {
      this.latenciesMs.push(performance.now() - sent);
    }
    this.results[result] = (this.results[result] ?? 0) + 1;
    if (result !== "created") return;
    this.ledger.acknowledge(serial, message);
    this.#recent[serial % RECENT] = serial;
  }

  #next(): Shot {
    const percent = this.#random.below(100);
    const known = this.#random.below(Math.max(this.ledger.sent, 1));
    let edge = DUPLICATES_PERCENT;
    // Also of one that is on its way: either of the two may be the first.
    if (percent < edge && this.ledger.sent > 0) return this.#shot("duplicate", known);
    // Only of one that is kept already: of two on their way, the other could be the first.
    if (percent < (edge += CONFLICTS_PERCENT) && this.ledger.isAcknowledged(known))
      return this.#shot("conflict", known);
    if (percent < (edge += UNSIGNED_PERCENT)) return this.#shot("invalid_signature", known);
    if (percent < edge + INVALID_PERCENT) return this.#shot("validation_error", known);
    return this.#shot("created", this.ledger.nextSerial());
  }

  #shot(result: Result, serial: number): Shot {
    const message = this.ledger.messageAt(serial);
    const changes = {
      conflict: { text: `not ${message.text ?? ""}` },
      validation_error: { ts: `${message.ts} or so` },
    };
    const sent = { ...message, ...changes[result as keyof typeof changes] };
    const body = Buffer.from(JSON.stringify(sent));
    const signed = result === "invalid_signature" ? signature(body, "not the secret") : signature(body);
    return { result, serial, message, request: webhookRequest(body, signed) };
  }

  #tell(broken: string): void {
    if (this.broken.length < BROKEN_SHOWN_MAX) this.broken.push(broken);
  }
}
