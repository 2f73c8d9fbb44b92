import assert from "node:assert/strict";
import type { Instant, Message, MessageFilter, Position } from "../../src/message.ts";
import type { Store } from "../../src/store/store.ts";
import { type ModelFilter, nanosOf } from "../support/model.ts";
import { sampleMessage } from "../support/sample.ts";

const SECOND = 1_000_000_000n;

export function instantOf(ts: string): Instant {
  const nanos = ((nanosOf(ts) % SECOND) + SECOND) % SECOND;
  return { seconds: Number((nanosOf(ts) - nanos) / SECOND), nanos: Number(nanos) };
}

export function positionOf({ ts, message_id }: Message): Position {
  return { ...instantOf(ts), message_id };
}

export function filterOf({ since, until, ...others }: ModelFilter): MessageFilter {
  return {
    ...others,
    ...(since !== undefined && { since: instantOf(since) }),
    ...(until !== undefined && { until: instantOf(until) }),
  };
}

/** Stored in one batch, in this order. */
export async function holding(store: Store, members: readonly Partial<Message>[]): Promise<Message[]> {
  const messages = members.map((some, index) => sampleMessage({ message_id: `m${index}`, ...some }));
  assert.deepEqual(
    await store.append(messages),
    messages.map(() => "created"),
  );
  return messages;
}
