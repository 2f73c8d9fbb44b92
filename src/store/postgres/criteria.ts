import type { Instant, MessageFilter } from "../../message.ts";
import { storableProblem } from "../../storable.ts";
import { type Needle, needleOf } from "./needle.ts";
import type { Queries } from "./queries.ts";

type Role = "sender" | "recipient";

/** One side of a message, and how many messages have it there. */
export interface Side {
  readonly role: Role;
  readonly name: string;
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

const ROLES = [
  ["sender", "from", "sent"],
  ["recipient", "to", "received"],
] as const;

/** Null when nothing can match: nobody of that name has sent or received, or no message can hold such a string. */
export async function criteriaOf(filter: MessageFilter, queries: Queries): Promise<Criteria | null> {
  const { from, to, since, until, q } = filter;
  if ([from, to, q].some((text) => text !== undefined && storableProblem(text) !== null)) return null;
  const sides: Side[] = [];
  for (const [role, member, count] of ROLES) {
    const name = filter[member];
    if (name === undefined) continue;
    const messages = await queries.count(
      `SELECT coalesce((SELECT ${count} FROM parties WHERE name = $name), 0)
         + (SELECT count(*) FROM uncounted WHERE ${role} = $name) AS n`,
      { name },
    );
    if (messages === 0) return null;
    sides.push({ role, name, messages });
  }
  return {
    sides: sides.toSorted((a, b) => a.messages - b.messages),
    since,
    until,
    needle: q === undefined ? undefined : needleOf(q),
  };
}
