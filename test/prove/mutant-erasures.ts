/** Erasures that are nearly right, and messages to be erased: of names of their own, so that all others are there in the end. */
import type { Message } from "../../src/message.ts";
import { signature } from "../support/client.ts";
import type { Random } from "../support/random.ts";
import { ERASER, head, inTarget, post, TOKEN } from "./mutant-request.ts";
import { mutateText } from "./mutate.ts";

/** In digits that the others have none of, so that no change of the ones makes one of the others. */
export const ERASABLE_SENDERS = ["+99887766", "+88776699", "+77669988"];
/** Before each id, whatever follows. */
const ID_HEAD = "to be erased ";
const BOUNDS = ["2025-01-15T10:00:00Z", "2024-01-01T00:00:00.5Z", "2099-01-01T00:00:00Z", ""];
const OTHERS = ["since", "until", "since", "until", "limit", "q", "nothing"];

export interface MutantErasure {
  readonly request: Buffer;
  readonly body?: Buffer;
  readonly isErasable?: true;
  readonly erases?: true;
  readonly isReader?: true;
}

export class MutantErasures {
  readonly #random: Random;
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): MutantErasure {
    const random = this.#random;
    if (random.below(3) === 0) return this.#message();
    const line = `DELETE ${random.below(2) === 0 ? this.#one() : this.#many()}`;
    if (random.below(6) === 0) return { request: head(line, [], TOKEN), erases: true, isReader: true };
    return { request: head(line, [], ERASER), erases: true };
  }

  #message(): MutantErasure {
    const random = this.#random;
    const message: Message = {
      message_id: `${ID_HEAD}${this.#made++}`,
      from: random.pick(ERASABLE_SENDERS),
      to: random.pick(ERASABLE_SENDERS),
      ts: "2025-01-15T10:00:00Z",
      text: "to be erased",
    };
    const body = Buffer.from(JSON.stringify(message));
    return { body, request: post(body, [`X-Signature: ${signature(body)}`]), isErasable: true };
  }

  #one(): string {
    const serial = String(this.#random.below(this.#made + 2));
    const end = this.#random.below(2) === 0 ? serial : mutateText(serial, this.#random);
    return `/messages/${inTarget(ID_HEAD + end)}`;
  }

  /** `from` or `to` is always there, and names none of the others: whatever else is there makes it fewer, or is refused. */
  #many(): string {
    const random = this.#random;
    const value = (known: string): string => (random.below(3) === 0 ? mutateText(known, random) : known);
    const sender = random.pick(ERASABLE_SENDERS);
    const first = `${random.pick(["from", "to"])}=${value(random.pick([sender, sender.replace("+", "%2B")]))}`;
    const others = Array.from(
      { length: random.below(3) },
      () => `${random.pick(OTHERS)}=${value(random.pick(BOUNDS))}`,
    );
    return `/messages?${inTarget([first, ...others].join("&"))}`;
  }
}
