import type { Instant, MessageFilter } from "../../message.ts";
import { type Needle, needleOf } from "./needle.ts";
import type { Queries } from "./queries.ts";

export type Role = "sender" | "recipient";

/** One side of a message, and how many messages have it there. */
export interface Side {
  readonly role: Role;
  readonly id: number;
  readonly messages: number;
}

/** A filter in the terms of the tables. */
export interface Criteria {
  /** The side with the fewest messages comes first. */
  readonly sides: readonly Side[];
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
  readonly needle?: Needle | undefined;
}

/** Null when nobody of that name has sent or received: nothing can match. */
export function criteriaOf(filter: MessageFilter, queries: Queries): Criteria | null {
  const sides: Side[] = [];
  for (const [role, name] of [
    ["sender", filter.from],
    ["recipient", filter.to],
  ] as const) {
    if (name === undefined) continue;
    const party = queries.row("SELECT id, sent, received FROM parties WHERE name = $name", { name });
    const messages = Number(party?.[role === "sender" ? "sent" : "received"] ?? 0);
    if (messages === 0) return null;
    sides.push({ role, id: Number(party?.["id"]), messages });
  }
  return {
    sides: sides.toSorted((a, b) => a.messages - b.messages),
    since: filter.since,
    until: filter.until,
    needle: filter.q === undefined ? undefined : needleOf(filter.q),
  };
}
