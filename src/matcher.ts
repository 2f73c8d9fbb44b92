import { fold } from "./fold.ts";
import { compareInstants, parseInstant } from "./instant.ts";
import type { Message, MessageFilter, Position } from "./message.ts";

/** Whether a message is one that a filter asks for: what every engine finds for it. */
export function matcherOf({ from, to, since, until, q }: MessageFilter): (message: Message) => boolean {
  const rules: ((message: Message) => boolean)[] = [];
  if (from !== undefined) rules.push((message) => message.from === from);
  if (to !== undefined) rules.push((message) => message.to === to);
  if (since !== undefined) rules.push((message) => compareInstants(positionOf(message), since) >= 0);
  if (until !== undefined) rules.push((message) => compareInstants(positionOf(message), until) < 0);
  if (q !== undefined) {
    const needle = fold(q);
    rules.push(({ text }) => text !== null && fold(text).includes(needle));
  }
  return (message) => rules.every((holds) => holds(message));
}

export function positionOf({ message_id, ts }: Message): Position {
  const instant = parseInstant(ts);
  if (instant === null) throw new Error(`a ts that is no instant, of message ${message_id}`);
  return { ...instant, message_id };
}
