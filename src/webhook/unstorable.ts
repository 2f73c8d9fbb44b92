import type { Failure } from "../errors.ts";
import { storableProblem } from "../storable.ts";

/** A part of the value, and the member of the root that it belongs to. */
type Part = readonly [name: string, value: unknown];

const ROOT = "body";
/** A member's name is the sender's own text, as long as the body may be; an error needs its beginning. */
const NAME_CHARACTERS_MAX = 64;
/** More failures than a message has members help nobody, and make the answer larger than the request. */
const MEMBERS_TOLD_MAX = 10;

/**
 * The members that hold a string, or a member name, which not every engine could hold: one with U+0000 or a lone
 * surrogate. Walks without recursion: 64 KiB of `[` nest deeper than the stack.
 */
export function findUnstorable(root: unknown): Failure[] {
  const problems = new Map<string, string>();
  const open: Part[] = [[ROOT, root]];
  for (let part = open.pop(); part !== undefined && problems.size < MEMBERS_TOLD_MAX; part = open.pop()) {
    const [name, value] = part;
    const problem = typeof value === "string" ? storableProblem(value) : null;
    if (problem !== null) problems.set(name, problem);
    for (const inner of partsOf(name, value)) open.push(inner);
  }
  return [...problems].map(([name, problem]) => ({ name: shorten(name), problem }));
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

/** Fit to be told and logged. */
function shorten(name: string): string {
  const told = name.replaceAll("\0", "\u{fffd}").toWellFormed();
  return told.length <= NAME_CHARACTERS_MAX ? told : `${told.slice(0, NAME_CHARACTERS_MAX).toWellFormed()}…`;
}
