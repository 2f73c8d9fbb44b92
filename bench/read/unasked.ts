import type { Load } from "./load.ts";
import { folded, FREQUENT_PAIRS, FREQUENT_SINGLES } from "./needles.ts";

/** Enough to tell what is frequent. */
const SAMPLE_MESSAGES = 2_000;
/** Sixteen readers do not get to the end of them where an answer takes long. */
const NEEDLES = 400;

export interface Characters {
  readonly min: number;
  readonly max: number;
}

/** The most frequent parts of the texts that no question asks for, the frequent first. */
export function unaskedNeedles({ message, needles }: Load, { min, max }: Characters): string[] {
  const hits = new Map<string, number>();
  for (let serial = 0; serial < SAMPLE_MESSAGES; serial += 1) {
    for (const part of partsOf(folded(message(serial).text), min, max))
      hits.set(part, (hits.get(part) ?? 0) + 1);
  }
  const asked = Object.values(needles).flatMap((planted) => planted.map(({ needle }) => folded(needle)));
  for (const needle of [...asked, ...FREQUENT_SINGLES, ...FREQUENT_PAIRS]) hits.delete(needle);
  return [...hits]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, NEEDLES)
    .map(([part]) => part);
}

function partsOf(text: string, min: number, max: number): Set<string> {
  const characters = Array.from(text);
  const parts = new Set<string>();
  for (let from = 0; from < characters.length; from += 1) {
    for (let length = min; length <= max && from + length <= characters.length; length += 1) {
      const part = characters.slice(from, from + length).join("");
      // Blanks at an end would be half of all.
      if (part.trim() === part) parts.add(part);
    }
  }
  return parts;
}
