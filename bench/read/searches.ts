/** The questions with a needle. Each kind has some needles of about the same frequency, so that each has a first time. */
import { LARGEST_SENDER, type Load } from "./load.ts";
import { ABSENT, FREQUENT_PAIRS, FREQUENT_SINGLES, hitsOf, type Planted } from "./needles.ts";
import { type Ask, listPath, momentAt, type Question } from "./question.ts";
import { type Characters, unaskedNeedles } from "./unasked.ts";

const HOUR_SHARE = 1 / (60 * 24);

interface Needle {
  readonly q: string;
  /** Where it is known, and nothing else narrows. */
  readonly total?: number;
}
type Filter = Readonly<Record<string, string>>;

interface Kind {
  readonly name: string;
  readonly needles: readonly Needle[];
  /** What else narrows, by the number of the needle. */
  readonly filter?: (index: number) => Filter;
  /** Of other needles that cost about the same. */
  readonly characters: Characters;
  /** Whether to ask for page and total at once or, where a total can cost more than a page, one after the other. */
  readonly atOnce: boolean;
}

export function searches(load: Load): Question[] {
  return [
    ...kindsOf(load).flatMap((kind) => (kind.atOnce ? atOnce(kind, load) : inParts(kind, load))),
    ...deep(load),
  ];
}

function kindsOf({ messages, needles }: Load): Kind[] {
  const [rare, frequent] = [known(needles.rare, messages), known(needles.frequent, messages)];
  const none = ABSENT.map((q) => ({ q, total: 0 }));
  // A word that is planted is in a text once.
  const doubled = needles.frequent.map(({ word }) => ({ q: `${word} ${word}`, total: 0 }));
  const singles = FREQUENT_SINGLES.map((q) => ({ q }));
  const pairs = FREQUENT_PAIRS.map((q) => ({ q }));
  const [rareSingles, rarePairs] = [known(needles.rareSingles, messages), known(needles.rarePairs, messages)];
  const words = { characters: { min: 3, max: 8 } };
  const short = { characters: { min: 1, max: 2 } };
  const hour = { filter: oneHour, atOnce: true };
  return [
    { name: "q of 1,000 hits", needles: rare, ...words, atOnce: true },
    { name: "q of no hits", needles: none, ...words, atOnce: true },
    { name: "q of no hits, of frequent words", needles: doubled, ...words, atOnce: true },
    { name: "q in a quarter of all", needles: frequent, ...words, atOnce: false },
    { name: "q of 1 character, frequent", needles: singles, ...short, atOnce: false },
    { name: "q of 1 character, 1,000 hits", needles: rareSingles, ...short, atOnce: false },
    { name: "q of 2 characters, frequent", needles: pairs, ...short, atOnce: false },
    { name: "q of 2 characters, 1,000 hits", needles: rarePairs, ...short, atOnce: false },
    { name: "q of 1,000 hits, one hour", needles: rare, ...words, ...hour },
    { name: "q in a quarter of all, one hour", needles: frequent, ...words, ...hour },
    { name: "q of 2 characters, one hour", needles: pairs, ...short, ...hour },
    { name: "q of 1,000 hits, half the time", needles: rare, ...words, filter: halfTheTime, atOnce: true },
    {
      name: "q in a quarter of all, half the time",
      needles: frequent,
      ...words,
      filter: halfTheTime,
      atOnce: false,
    },
    { name: "q of 1,000 hits, largest sender", needles: rare, ...words, filter: fromLargest, atOnce: true },
    {
      name: "q in a quarter of all, largest sender",
      needles: frequent,
      ...words,
      filter: fromLargest,
      atOnce: false,
    },
  ];
}

function atOnce(kind: Kind, load: Load): Question[] {
  const asks = asksOf(kind, {});
  return [
    { name: `${kind.name}: first`, asks, isFirst: true, unasked: () => unasked(kind, load) },
    { name: `${kind.name}: again`, asks },
  ];
}

function inParts(kind: Kind, load: Load): Question[] {
  const totals = asksOf(kind, { limit: 1 });
  return [
    { name: `${kind.name}: first total`, asks: totals, isFirst: true, unasked: () => unasked(kind, load) },
    { name: `${kind.name}: page`, asks: asksOf(kind, {}) },
    { name: `${kind.name}: page, newest first`, asks: asksOf(kind, { order: "desc" }) },
    { name: `${kind.name}: again`, asks: totals },
  ];
}

/** Behind half of the hits. */
function deep({ messages, needles }: Load): Question[] {
  const asks = (planted: readonly Planted[]): Ask[] =>
    known(planted, messages).map(({ q, total }) => ({
      path: listPath({ q, offset: Math.floor(total / 2) }),
      total,
    }));
  return [
    { name: "q of 1,000 hits, offset at 50 %", asks: asks(needles.rare) },
    { name: "q in a quarter of all, offset at 50 %", asks: asks(needles.frequent) },
  ];
}

function asksOf({ needles, filter }: Kind, page: Readonly<Record<string, string | number>>): Ask[] {
  return needles.map(({ q, total }, index) => {
    const path = listPath({ q, ...filter?.(index), ...page });
    return total === undefined || filter !== undefined ? { path } : { path, total };
  });
}

function unasked({ characters, filter }: Kind, load: Load): string[] {
  return unaskedNeedles(load, characters).map((q, index) => listPath({ q, ...filter?.(index), limit: 1 }));
}

function known(planted: readonly Planted[], messages: number): { q: string; total: number }[] {
  return planted.map((one) => ({ q: one.needle, total: hitsOf(one, messages) }));
}

function halfTheTime(): Filter {
  return { since: momentAt(0.25), until: momentAt(0.75) };
}

function fromLargest(): Filter {
  return { from: LARGEST_SENDER };
}

/** Another hour for each needle, none of them whole by the clock. */
function oneHour(index: number): Filter {
  const share = 0.1 + 0.17 * (index % 5);
  return { since: momentAt(share), until: momentAt(share + HOUR_SHARE) };
}
