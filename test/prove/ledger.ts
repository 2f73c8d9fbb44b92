/**
 * What was sent and what became of it. A message follows from the seed and its serial, so that millions of them cost
 * some bytes each, and every one can be compared with what the service holds.
 */
import { createMessage, createRandom } from "../../bench/ingest/load.ts";
import type { Message, Stats } from "../../src/message.ts";
import { compareBytes, isSameContent } from "../support/model.ts";

export type Compose = (serial: number, random: () => number) => Message;

/** Few enough to ask for each one's count in the end. */
const SENDERS = 200;
const SERIALS_AT_FIRST = 65_536;
const TOP_SENDERS_MAX = 10;
/** Apart from one serial to the next, as bench/ingest/load.ts has it. */
const SPREAD = 0x9e37_79b1;

/** Short messages in many scripts; a few senders send most. */
export function composeShort(serial: number, random: () => number): Message {
  const message = createMessage(serial, random);
  return { ...message, from: `+1415${String(Number(message.from.slice(5)) % SENDERS).padStart(7, "0")}` };
}

export class Ledger {
  readonly #seed: number;
  readonly #compose: Compose;
  #acknowledged = new Uint8Array(SERIALS_AT_FIRST);
  readonly #bySender = new Map<string, number>();
  #first: string | null = null;
  #last: string | null = null;
  #count = 0;
  #sent = 0;

  constructor(seed: number, compose: Compose = composeShort) {
    this.#seed = seed;
    this.#compose = compose;
  }

  /** Serials that were given out: 0 up to, not including, this. */
  get sent(): number {
    return this.#sent;
  }

  /** Messages, each counted once, that were answered with 200. */
  get acknowledged(): number {
    return this.#count;
  }

  /** Messages by sender. */
  get bySender(): ReadonlyMap<string, number> {
    return this.#bySender;
  }

  nextSerial(): number {
    return this.#sent++;
  }

  messageAt(serial: number): Message {
    return this.#compose(serial, createRandom(this.#seed ^ Math.imul(serial + 1, SPREAD)));
  }

  isAcknowledged(serial: number): boolean {
    return this.#acknowledged[serial] === 1;
  }

  acknowledge(serial: number, { from, ts }: Message): void {
    if (this.isAcknowledged(serial)) return;
    if (serial >= this.#acknowledged.length) this.#grow(serial);
    this.#acknowledged[serial] = 1;
    this.#count += 1;
    this.#bySender.set(from, (this.#bySender.get(from) ?? 0) + 1);
    if (this.#first === null || ts < this.#first) this.#first = ts;
    if (this.#last === null || ts > this.#last) this.#last = ts;
  }

  /** What /stats must say when all that is stored was acknowledged. */
  stats(): Stats {
    const senders = [...this.#bySender].map(([from, count]) => ({ from, count }));
    senders.sort((a, b) => b.count - a.count || compareBytes(a.from, b.from));
    return {
      total_messages: this.#count,
      unique_senders: senders.length,
      top_senders: senders.slice(0, TOP_SENDERS_MAX),
      first_message_ts: this.#first,
      last_message_ts: this.#last,
    };
  }

  #grow(serial: number): void {
    const larger = new Uint8Array(Math.max(this.#acknowledged.length * 2, serial + 1));
    larger.set(this.#acknowledged);
    this.#acknowledged = larger;
  }
}

export function isSame(a: Message | undefined, b: Message): boolean {
  return a !== undefined && a.message_id === b.message_id && isSameContent(a, b);
}
