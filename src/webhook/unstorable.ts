import { storableProblem } from "../storable.ts";

/** A wrong string in a JSON value: the name of its member (`body` at the top) and what is wrong. */
export interface Unstorable {
  readonly name: string;
  readonly problem: string;
}

/** A part of the value, and the member of the root that it belongs to. */
type Part = readonly [name: string, value: unknown];

const ROOT = "body";

/**
 * A string, or member name, that not every engine could hold: one with U+0000 or a lone surrogate.
 * Null when there is none. Walks without recursion: 64 KiB of `[` nest deeper than the stack.
 */
export function findUnstorable(root: unknown): Unstorable | null {
  const open: Part[] = [[ROOT, root]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [name, value] = part;
    const problem = typeof value === "string" ? storableProblem(value) : null;
    if (problem !== null) return { name, problem };
    for (const inner of partsOf(name, value)) open.push(inner);
  }
  return null;
}

/** The items of an array, or the members of an object with their names; nothing else has parts. */
function partsOf(name: string, value: unknown): Part[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.map((item: unknown): Part => [name, item]);
  return Object.entries(value).flatMap(([member, item]): Part[] => [
    [name, member],
    [name === ROOT ? member : name, item],
  ]);
}
