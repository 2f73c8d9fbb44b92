/**
 * What a proof asked to be erased, and what it was promised of it:
 *
 *   asked    from the moment at which the request was sent, each message that it may mean is there or gone
 *   erased   from the moment at which the receipt had arrived, what was acknowledged before the request was sent is gone for good
 */
import type { Message } from "../../src/message.ts";
import { type Answer, request } from "../support/client.ts";
import type { Random } from "../support/random.ts";

/** In a hundred requests, those that ask again for what was cut short, where there is any; and those for one message of the others. */
const AGAIN_PERCENT = 50;
const ONE_PERCENT = 50;
const LATEST = 10;

export interface Erasure {
  readonly message_id?: string;
  readonly from?: string;
}

/** One that was sent and not answered. */
interface Running {
  readonly erasure: Erasure;
  readonly begunNanos: bigint;
}

export class Erasures {
  /** By id, when the first request was sent that may have meant it, by the clock of process.hrtime. */
  readonly askedNanos = new Map<string, bigint>();
  /** By id, when the receipt had arrived. */
  readonly erasedNanos = new Map<string, bigint>();
  /** Ids that were on their way while they were being erased: the record of a conflict may have come behind that. */
  readonly sentMeanwhile = new Set<string>();
  /** Answered with a receipt. */
  receipts = 0;
  /** Answered otherwise, or not at all. */
  cutShort = 0;
  /** Answers that must not be, in words. */
  readonly broken: string[] = [];
  /** Called when a request is about to be sent. */
  onAsked: () => void = () => undefined;
  readonly #running = new Set<Running>();
  readonly #onTheirWay = new Set<Message>();
  readonly #again: Erasure[] = [];

  /** One of a message, or all of a person; what was cut short is asked for again in the end. */
  next(random: Random, known: readonly string[], persons: readonly string[]): Erasure {
    const again = this.#again[0];
    if (again !== undefined && random.below(100) < AGAIN_PERCENT) {
      this.#again.shift();
      return again;
    }
    if (random.below(100) >= ONE_PERCENT) return { from: random.pick(persons) };
    // Often one whose batch has left the journal, but not its log, at this moment.
    return { message_id: random.pick(random.below(2) === 0 ? known : known.slice(-LATEST)) };
  }

  /** Resolves with the status, or undefined when no answer came. `sent` and `acknowledged` are read when it is sent. */
  async ask(
    url: string,
    erasure: Erasure,
    sent: ReadonlyMap<string, Message>,
    acknowledged: ReadonlySet<string>,
  ): Promise<number | undefined> {
    const meant = [...sent.values()].filter((message) => isMeant(erasure, message));
    const promised = meant.map(({ message_id }) => message_id).filter((id) => acknowledged.has(id));
    const unasked = promised.filter((id) => !this.askedNanos.has(id));
    const running = { erasure, begunNanos: process.hrtime.bigint() };
    for (const { message_id } of meant) this.#asked(message_id, running.begunNanos);
    for (const message of this.#onTheirWay)
      if (isMeant(erasure, message)) this.sentMeanwhile.add(message.message_id);
    this.#running.add(running);
    this.onAsked();
    const answer = await request(`${url}/messages${pathOf(erasure)}`, { method: "DELETE" }).catch(() => null);
    this.#running.delete(running);
    if (isDone(erasure, answer, unasked)) {
      this.receipts += 1;
      this.#erased(promised);
    } else {
      this.cutShort += 1;
      this.#again.push(erasure);
      if (answer !== null && answer.status !== 503)
        this.broken.push(
          `erasing ${pathOf(erasure)} of ${unasked.length} was answered with ${answer.status}: ${answer.text}`,
        );
    }
    return answer?.status;
  }

  /** To be told of each message before it is sent, and of its answer, or that none will come. */
  sent(message: Message): void {
    this.#onTheirWay.add(message);
    for (const { erasure, begunNanos } of this.#running) {
      if (!isMeant(erasure, message)) continue;
      this.#asked(message.message_id, begunNanos);
      this.sentMeanwhile.add(message.message_id);
    }
  }

  answered(message: Message): void {
    this.#onTheirWay.delete(message);
  }

  /** Those of the ids that a recount did not find were erased by what was cut short: they stay away. */
  settle(acknowledged: ReadonlySet<string>, there: ReadonlySet<string>): void {
    const gone = [...this.askedNanos.keys()].filter((id) => acknowledged.has(id) && !there.has(id));
    this.#erased(gone);
  }

  /** As if nothing had been asked or answered after that moment, and what was before is long ago. */
  rewind(nanos: bigint): void {
    for (const times of [this.askedNanos, this.erasedNanos])
      for (const [id, at] of times)
        if (at < nanos) times.set(id, 0n);
        else times.delete(id);
  }

  #asked(id: string, nanos: bigint): void {
    const known = this.askedNanos.get(id);
    if (known === undefined || nanos < known) this.askedNanos.set(id, nanos);
  }

  #erased(ids: readonly string[]): void {
    const nanos = process.hrtime.bigint();
    for (const id of ids) if (!this.erasedNanos.has(id)) this.erasedNanos.set(id, nanos);
  }
}

/** Of one that somebody asked for before, `404` is as good as a receipt; `unasked` are there for certain. */
function isDone({ message_id }: Erasure, answer: Answer | null, unasked: readonly string[]): boolean {
  if (answer?.status === 404) return message_id !== undefined && unasked.length === 0;
  return answer?.status === 200;
}

function isMeant({ message_id, from }: Erasure, message: Message): boolean {
  return message_id === undefined ? message.from === from : message.message_id === message_id;
}

function pathOf({ message_id, from = "" }: Erasure): string {
  return message_id === undefined
    ? `?from=${encodeURIComponent(from)}`
    : `/${encodeURIComponent(message_id)}`;
}
