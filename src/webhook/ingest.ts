/**
 * Group commit: the messages that arrive in one turn of the event loop, and those that arrive while the commit
 * before is running, go to the store as one batch and share its sync to disk.
 *
 *   submit ──▶ waiting ──(end of turn, or the commit before is done)──▶ store.append ──▶ each submit resolves
 *                 └── full: unavailable                                     └── failed: unavailable, all of it
 */
import { AppError } from "../errors.ts";
import type { Message, Outcome } from "../message.ts";
import type { QueueDepth } from "../depth-gauges.ts";
import type { AppendResult, Store } from "../store/store.ts";
import type { RequestTrace } from "../trace.ts";

/** Messages waiting or being committed. At some thousands a second this is a wait of seconds; senders retry sooner. */
export const QUEUE_MESSAGES_MAX = 10_000;
/** Their size. Keeps a queue of the largest messages from filling the memory. */
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
export const QUEUE_BOUNDS: QueueDepth = { messages: QUEUE_MESSAGES_MAX, bytes: QUEUE_BYTES_MAX };
/** Messages in one commit: bounds how long the first of a batch waits for the last. */
export const BATCH_MESSAGES_MAX = 1_000;
/** Likewise; a batch that is larger holds a single message. */
export const BATCH_BYTES_MAX = 4 * 1024 * 1024;

interface Entry {
  readonly message: Message;
  readonly bytes: number;
  readonly trace: RequestTrace | null;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

export interface Ingest {
  /**
   * Resolves with the message's outcome once it is durable. `bytes` is the size of the request's body;
   * `trace` is told when its commit begins.
   * Throws AppError `unavailable` when the queue is full or the store failed: nothing is promised then.
   */
  readonly submit: (message: Message, bytes: number, trace?: RequestTrace | null) => Promise<Outcome>;
  readonly depth: () => QueueDepth;
}

/** `onCommit` is told of each batch that became durable: its size, and how long the store took. */
export function createIngest(
  store: Pick<Store, "append">,
  onCommit: (messages: number, seconds: number) => void,
): Ingest {
  let waiting: Entry[] = [];
  let committing = false;
  let scheduled = false;
  let messages = 0;
  let bytes = 0;

  function submit(message: Message, size: number, trace: RequestTrace | null = null): Promise<Outcome> {
    if (messages >= QUEUE_MESSAGES_MAX || bytes + size > QUEUE_BYTES_MAX) {
      return Promise.reject(
        new AppError("unavailable", "too many messages are waiting to be stored; send again later"),
      );
    }
    messages += 1;
    bytes += size;
    return new Promise((resolve, reject) => {
      waiting.push({ message, bytes: size, trace, resolve, reject });
      if (scheduled || committing) return;
      scheduled = true;
      setImmediate(() => void commitAll());
    });
  }

  async function commitAll(): Promise<void> {
    scheduled = false;
    committing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, countThatFits(waiting));
      waiting = waiting.slice(batch.length);
      await commit(batch);
    }
    committing = false;
  }

  /** Never throws: what fails is told to those who wait for it. */
  async function commit(batch: readonly Entry[]): Promise<void> {
    const started = performance.now();
    try {
      const sent = batch.map(({ message, trace }) => {
        trace?.step("commit", { "lyftr.batch.messages": batch.length });
        return message;
      });
      const results = await store.append(sent);
      onCommit(batch.length, (performance.now() - started) / 1000);
      batch.forEach((entry, index) => settle(entry, results[index]));
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      messages -= batch.length;
      for (const entry of batch) bytes -= entry.bytes;
    }
  }

  return {
    submit,
    depth: () => ({ messages, bytes }),
  };
}

/** How many of the first entries make a batch: one at least. */
function countThatFits(entries: readonly Entry[]): number {
  let bytes = 0;
  const beyond = entries.findIndex((entry, index) => {
    bytes += entry.bytes;
    return index === BATCH_MESSAGES_MAX || (index > 0 && bytes > BATCH_BYTES_MAX);
  });
  return beyond === -1 ? entries.length : beyond;
}

function settle(entry: Entry, result: AppendResult | undefined): void {
  if (result === undefined || result === "refused") {
    // A parser let through what no store may hold; that is a fault of ours, not of the sender.
    const reason = `the store answered ${result ?? "nothing"} for message ${entry.message.message_id}`;
    entry.reject(new AppError("internal", "internal error", { reason }));
  } else {
    entry.resolve(result);
  }
}
