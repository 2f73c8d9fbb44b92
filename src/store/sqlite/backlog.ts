import type { JournalDepth } from "../../depth-gauges.ts";
import { AppError } from "../../errors.ts";
import type { DiskRoom } from "./disk-room.ts";

/** Acknowledged and not yet indexed: bounds the journal, the memory of what is pending, and the replay at start. */
export const UNINDEXED_MESSAGES_MAX = 100_000;
const UNINDEXED_BYTES_MAX = 128 * 1024 * 1024;

interface Unindexed {
  readonly messages: number;
  readonly bytes: number;
}

/** What is journaled by this process and not yet in the main file. */
export class Backlog {
  readonly #room: DiskRoom;
  /** By seq, in order. */
  readonly #batches = new Map<number, Unindexed>();
  #messages = 0;
  #bytes = 0;

  constructor(room: DiskRoom) {
    this.#room = room;
  }

  journaled(seq: number, batch: Unindexed): void {
    this.#batches.set(seq, batch);
    this.#messages += batch.messages;
    this.#bytes += batch.bytes;
  }

  /** Everything up to `watermark` is in the main file. */
  indexed(watermark: number): void {
    for (const [seq, { messages, bytes }] of this.#batches) {
      if (seq > watermark) break;
      this.#batches.delete(seq);
      this.#messages -= messages;
      this.#bytes -= bytes;
    }
  }

  get messages(): number {
    return this.#messages;
  }

  depth(): Omit<JournalDepth, "batches"> {
    return {
      messages: this.#messages,
      bytes: this.#bytes,
      messagesMax: UNINDEXED_MESSAGES_MAX,
      bytesMax: UNINDEXED_BYTES_MAX,
      ...this.#room.depth(this.#bytes),
    };
  }

  /** Throws AppError `unavailable` when taking more would outgrow the journal's bound or the disk. */
  requireRoom(): void {
    if (this.#messages >= UNINDEXED_MESSAGES_MAX || this.#bytes >= UNINDEXED_BYTES_MAX) {
      throw new AppError("unavailable", "too many messages are waiting to be indexed; send again later", {
        reason: `${this.#messages} messages, ${this.#bytes} bytes, are journaled and not indexed`,
      });
    }
    this.#room.require(this.#bytes);
  }
}
