/**
 * How many wrong signatures from one address are looked into and kept: a bucket of tokens for each. It never decides about a right
 * one: the signature is checked first, whatever came from there before.
 */
import type { WrongSignersDepth } from "../crowd-metrics.ts";
import { networkOf } from "./network-of.ts";

/** At once: more than a sender sends wrongly before somebody looks, and less than what would fill the log of an hour. */
const BURST = 2_000;
/** From then on. */
const PER_SECOND = 20;
/** Some 100 bytes each. Of more, the one that was quiet the longest is forgotten, and begins anew. */
const ADDRESSES_KEPT_MAX = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

export class WrongSignatures {
  readonly #now: () => number;
  /** The one that was used last is the last. */
  readonly #buckets = new Map<string, Bucket>();

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one more, and returns whether it is within the rate. */
  take(address: string): boolean {
    const network = networkOf(address);
    const now = this.#now();
    const bucket = this.#buckets.get(network) ?? { left: BURST, atMs: now };
    bucket.left = Math.min(BURST, bucket.left + ((now - bucket.atMs) / 1_000) * PER_SECOND);
    bucket.atMs = now;
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    if (this.#buckets.size > ADDRESSES_KEPT_MAX) this.#forgetFirst();
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  depth(): WrongSignersDepth {
    return { addresses: this.#buckets.size, addressesMax: ADDRESSES_KEPT_MAX };
  }

  #forgetFirst(): void {
    const [first] = this.#buckets.keys();
    if (first !== undefined) this.#buckets.delete(first);
  }
}
