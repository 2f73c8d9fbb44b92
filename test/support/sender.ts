/** Load on a running program: what it was sent, and what it acknowledged. */
import assert from "node:assert/strict";
import type { Message } from "../../src/message.ts";
import { post } from "./client.ts";
import type { Random } from "./random.ts";

const TEXTS = ["Hello", "ПРИВЕТ", "नमस्ते", 'it\'s "quoted"', "😀".repeat(200), "", null] as const;
const SENDERS = ["+1", "+12", "+919876543210"] as const;
/** In a hundred posts, how many send again what was sent before. */
const RESENT_PERCENT = 15;

export class Load {
  /** The first content of each id, whether it was acknowledged or not. */
  readonly sent = new Map<string, Message>();
  readonly acknowledged = new Set<string>();
  /** Called at each 200. */
  onAcknowledged: () => void = () => undefined;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Posts from so many connections until the service is gone or answers that it is going. */
  async run(url: string, connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.#connection(url)));
  }

  async #connection(url: string): Promise<void> {
    for (;;) {
      const message = this.#next();
      // What was sent again may be answered first: either way the id is there.
      const answer = await post(url, message).catch(() => undefined);
      if (answer === undefined) return;
      assert.ok([200, 503].includes(answer.status), `${answer.status}: ${answer.text}`);
      if (answer.status !== 200) return;
      this.acknowledged.add(message.message_id);
      this.onAcknowledged();
    }
  }

  #next(): Message {
    const count = this.sent.size;
    if (count > 0 && this.#random.below(100) < RESENT_PERCENT) {
      // Often one that is on its way at this moment.
      const id = `m${count - 1 - this.#random.below(Math.min(count, 10))}`;
      return this.sent.get(id) as Message;
    }
    const message: Message = {
      message_id: `m${count}`,
      from: this.#random.pick(SENDERS),
      to: "+14155550100",
      ts: `2025-01-15T10:00:${String(this.#random.below(60)).padStart(2, "0")}.${this.#random.below(1000)}Z`,
      text: this.#random.pick(TEXTS),
    };
    this.sent.set(message.message_id, message);
    return message;
  }
}

/** What the list holds must be what was sent, each once, and all that was acknowledged must be among it. */
export function assertKept(
  listed: readonly Message[],
  load: { readonly sent: Load["sent"]; readonly acknowledged: ReadonlySet<string> },
): void {
  const byId = new Map(listed.map((message) => [message.message_id, message]));
  assert.equal(byId.size, listed.length, "an id is there twice");
  for (const message of listed) assert.deepEqual(message, load.sent.get(message.message_id));
  const lost = [...load.acknowledged].filter((id) => !byId.has(id));
  assert.deepEqual(lost, [], "acknowledged and not there");
}
