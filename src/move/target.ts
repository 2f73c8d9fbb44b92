import type { Message } from "../message.ts";
import type { AppendResult, Store } from "../store/store.ts";

/** Appended and perhaps not yet readable; far below what an engine takes before it refuses (store/sqlite/backlog.ts). */
const UNREAD_MESSAGES_MAX = 10_000;
const UNREAD_CHARACTERS_MAX = 8 * 1024 * 1024;

/** What became of messages that were appended. */
export type Tally = Record<AppendResult, number>;

/** Appends to a store as fast as it takes them in, and no faster. */
export class Target {
  readonly tally: Tally = { created: 0, duplicate: 0, conflict: 0, refused: 0 };
  readonly #store: Pick<Store, "append" | "stats">;
  #messages = 0;
  #characters = 0;

  constructor(store: Pick<Store, "append" | "stats">) {
    this.#store = store;
  }

  /** Says of each what became of it. */
  async append(batch: readonly Message[]): Promise<readonly AppendResult[]> {
    this.#messages += batch.length;
    for (const { text } of batch) this.#characters += text?.length ?? 0;
    const results = await this.#store.append(batch);
    for (const result of results) this.tally[result] += 1;
    if (this.#messages >= UNREAD_MESSAGES_MAX || this.#characters >= UNREAD_CHARACTERS_MAX) {
      [this.#messages, this.#characters] = [0, 0];
      await this.readable();
    }
    return results;
  }

  /** Resolves when all that was appended can be read. */
  async readable(): Promise<void> {
    await this.#store.stats();
  }
}
