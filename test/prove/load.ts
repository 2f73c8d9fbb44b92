/** Load for the proofs: new messages, duplicates, conflicts and erasures, and when each was acknowledged. */
import type { Message } from "../../src/message.ts";
import { post } from "../support/client.ts";
import type { Random } from "../support/random.ts";
import { Erasures } from "./erasures.ts";
import { markOf } from "./marks.ts";

/** Scripts with and without case, marks, more than one code unit: what search folds and cuts. */
export const WORDS = [
  "Hello",
  "ПРИВЕТ мир",
  "नमस्ते",
  "你好，世界",
  "İstanbul ıI",
  "Straße",
  "cafe\u0301",
  "مرحبا",
  "😀👩‍👩‍👧",
  "100% _a_ *",
] as const;
export const SENDERS = ["+1", "+12", "+919876543210", "+14155550199"] as const;
/** Of whom everything is erased now and then, and who go on sending. */
export const PERSONS = ["+4912345678901", "+4998765432109"] as const;
const PERSONS_PERCENT = 10;
export const RECIPIENTS = ["+14155550100", "+14155550101"] as const;
/** In a hundred posts, how many send again what was sent before, and how many another content of a known id. */
const RESENT_PERCENT = 10;
const CONFLICT_PERCENT = 5;
/** Before a sender that insists comes back. */
const INSIST_AFTER_MS = 20;
/** In code points; most take four bytes, so that such a text fills some pages of the files. */
const LONG_CHARACTERS = 3_000;

export class ProofLoad {
  /** The first content of each id, whether it was acknowledged or not. */
  readonly sent = new Map<string, Message>();
  readonly acknowledged = new Set<string>();
  /** When the first 200 for an id had arrived, by the clock of process.hrtime. */
  readonly acknowledgedNanos = new Map<string, bigint>();
  /** Answers by status. */
  readonly answers = new Map<number, number>();
  /** Called at each 200. */
  onAcknowledged: () => void = () => undefined;
  /** In a hundred new messages, how many have a long text. */
  longPercent = 5;
  /** As senders do: what was refused is sent again until it is taken, before anything new. */
  insists = false;
  /** In a hundred posts, in place of how many something is erased. */
  erasePercent = 0;
  readonly erasures = new Erasures();
  readonly #random: Random;
  /** What is acknowledged, to pick from. */
  readonly #known: string[] = [];
  readonly #refused: Message[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Posts from so many connections until `isEnough` says so or the service is gone. */
  async run(url: string, connections: number, isEnough: () => boolean = () => false): Promise<void> {
    const connection = async (): Promise<void> => {
      while (!isEnough()) {
        const status = await this.send(url);
        if (status === undefined) return;
        if (status !== 200 && this.insists) await pause();
      }
    };
    await Promise.all(Array.from({ length: connections }, connection));
  }

  /** Posts one more, or erases; resolves with the status, or undefined when no answer came. */
  async send(url: string): Promise<number | undefined> {
    if (this.#random.below(100) < this.erasePercent && this.#known.length > 0) return this.erase(url);
    const message = this.#next();
    this.erasures.sent(message);
    const answer = await post(url, message).catch(() => undefined);
    this.erasures.answered(message);
    if (answer === undefined) return undefined;
    const nanos = process.hrtime.bigint();
    this.answers.set(answer.status, (this.answers.get(answer.status) ?? 0) + 1);
    if (answer.status !== 200) {
      if (this.insists) this.#refused.push(message);
      return answer.status;
    }
    const { message_id } = message;
    if (!this.acknowledged.has(message_id)) {
      this.acknowledged.add(message_id);
      this.acknowledgedNanos.set(message_id, nanos);
      this.#known.push(message_id);
    }
    this.onAcknowledged();
    return answer.status;
  }

  /** One message, or all of a person; resolves as send does. */
  erase(
    url: string,
    erasure = this.erasures.next(this.#random, this.#known, PERSONS),
  ): Promise<number | undefined> {
    return this.erasures.ask(url, erasure, this.sent, this.acknowledged);
  }

  /** The id that was acknowledged last, of those that were not before. */
  latest(): string {
    return this.#known.at(-1) ?? "";
  }

  /** What was acknowledged, and nobody asked to erase. */
  kept(): ReadonlySet<string> {
    return this.acknowledged.difference(this.erasures.askedNanos);
  }

  /**
   * As if only these had been acknowledged, before anything else was, and nothing asked to be erased after `nanos`; what else was sent
   * may be there or not.
   */
  rewind(ids: readonly string[], nanos: bigint): void {
    this.erasures.rewind(nanos);
    this.acknowledged.clear();
    this.acknowledgedNanos.clear();
    this.#known.splice(0, this.#known.length, ...ids);
    for (const id of ids) {
      this.acknowledged.add(id);
      this.acknowledgedNanos.set(id, 0n);
    }
  }

  /** Another content of the id than the first one. */
  conflictOf(messageId: string): Message {
    const first = this.sent.get(messageId) as Message;
    return { ...first, text: `${first.text ?? ""} changed` };
  }

  #next(): Message {
    const refused = this.#refused.shift();
    if (refused !== undefined) return refused;
    const count = this.sent.size;
    const dice = this.#random.below(100);
    if (count > 0 && dice < RESENT_PERCENT) {
      // Often one that is on its way at this moment.
      return this.sent.get(markOf(count - 1 - this.#random.below(Math.min(count, 10)))) as Message;
    }
    // Only of what is known to be there: of two contents on their way, either may come first.
    if (this.#known.length > 0 && dice < RESENT_PERCENT + CONFLICT_PERCENT) {
      const id = this.#random.pick(this.#known);
      if ((this.sent.get(id)?.text?.length ?? 0) < 100) return this.conflictOf(id);
    }
    const message = this.#newMessage(markOf(count));
    this.sent.set(message.message_id, message);
    return message;
  }

  #newMessage(messageId: string): Message {
    const random = this.#random;
    const text = random.below(100) < this.longPercent ? this.#longText() : this.#shortText();
    const second = String(random.below(60)).padStart(2, "0");
    return {
      message_id: messageId,
      from: random.pick(random.below(100) < PERSONS_PERCENT ? PERSONS : SENDERS),
      to: random.pick(RECIPIENTS),
      ts: `2025-01-15T10:0${random.below(3)}:${second}.${random.below(1000)}Z`,
      text: text === null ? null : `${messageId} ${text} ${messageId}`,
    };
  }

  #shortText(): string | null {
    const words = Array.from({ length: this.#random.below(4) }, () => this.#random.pick(WORDS));
    return words.length === 0 ? null : words.join(" ");
  }

  #longText(): string {
    return `${this.#random.pick(WORDS)} ${"😀".repeat(this.#random.below(LONG_CHARACTERS))}`;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, INSIST_AFTER_MS);
  });
}
