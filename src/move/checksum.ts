import type { Message } from "../message.ts";
import { messageHash } from "../store/content.ts";

/** Of SHA-256. */
const HASH_BITS = 256;
const HASH_DIGITS = HASH_BITS / 4;

/**
 * The number of messages, and the sum of their hashes modulo 2^256: the same for the same messages in any order, and each message
 * that is other, missing or there twice changes it.
 */
export class Checksum {
  messages = 0;
  #sum = 0n;

  add(message: Message): void {
    this.messages += 1;
    this.#sum = BigInt.asUintN(HASH_BITS, this.#sum + BigInt(`0x${messageHash(message)}`));
  }

  toString(): string {
    return this.#sum.toString(16).padStart(HASH_DIGITS, "0");
  }
}
