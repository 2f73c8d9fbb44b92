import { fold } from "../../fold.ts";
import { fractionDigits, parseInstant } from "../../instant.ts";
import type { Message } from "../../message.ts";
import { lettersOf } from "./letters.ts";
import { foldedUnlessLower } from "./needle.ts";

/** The members of a batch as arrays, one for each parameter of the statement that stores them. */
export type BatchArrays = readonly (readonly (string | number | null)[])[];

/**
 * Messages of different ids, in the order of their ids: two statements that meet in several of them wait for each other in one
 * order, and so never in a circle. Any order will do as long as it is the same everywhere.
 */
export function inOrderOfIds(messages: readonly Message[]): Message[] {
  return messages.toSorted(({ message_id: a }, { message_id: b }) => (a < b ? -1 : Number(a > b)));
}

/** Throws for a ts that is no instant; limits.ts keeps those out. */
export function arraysOf(messages: readonly Message[]): BatchArrays {
  const instants = messages.map(({ message_id, ts }) => {
    const instant = parseInstant(ts);
    if (instant === null) throw new Error(`a ts that is no instant, of message ${message_id}`);
    return instant;
  });
  const texts = messages.map(({ text }) => ({ text, folded: text === null ? null : fold(text) }));
  return [
    messages.map(({ message_id }) => message_id),
    messages.map(({ from }) => from),
    messages.map(({ to }) => to),
    instants.map(({ seconds }) => seconds),
    instants.map(({ nanos }) => nanos),
    messages.map(({ ts }) => fractionDigits(ts)),
    messages.map(({ text }) => text),
    texts.map(({ text, folded }) =>
      text === null || folded === null ? null : foldedUnlessLower(text, folded),
    ),
    texts.map(({ folded }) => (folded === null ? null : lettersOf(folded))),
  ];
}
