/** What anybody might ask an inbox: needles of every length cut out of its texts, with every filter, order and page. */
import * as fc from "fast-check";
import type { Message } from "../../src/message.ts";
import { comparePlaces, type ModelFilter } from "./model.ts";
import { anyString } from "./search-inbox.ts";

export interface Question {
  readonly filter: ModelFilter;
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly offset: number;
}

/** The longest needle that the HTTP contract takes, in code points. */
export const NEEDLE_POINTS_MAX = 256;

/** What a person's keyboard may make of a text: needle and text are folded alike, so most still find it. */
const MANGLERS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.normalize("NFD"),
  (text) => text.normalize("NFC").toUpperCase(),
  (text) => text.normalize("NFD").toLowerCase(),
  nearMiss,
];

/** Another last character, of the next code point: what an index takes for the same shows. */
function nearMiss(text: string): string {
  const points = Array.from(text);
  const last = points.pop()?.codePointAt(0) ?? 0;
  const next = String.fromCodePoint(Math.min(last + 1, 0x10ffff)).toWellFormed();
  return `${points.join("")}${next}`;
}

/** How a needle is made of a text. */
const PLACES = ["start", "middle", "end"] as const;
interface Cut {
  readonly place: (typeof PLACES)[number];
  readonly at: number;
  /** In code points; the whole text where that is shorter. */
  readonly length: number;
  readonly mangle: (text: string) => string;
  /** Now and then something follows that may not follow there. */
  readonly more: string;
}

function cutOf(length: fc.Arbitrary<number>): fc.Arbitrary<Cut> {
  return fc.record({
    place: fc.constantFrom(...PLACES),
    at: fc.nat(4096),
    length,
    mangle: fc.constantFrom(...MANGLERS),
    more: fc.constantFrom("", "", "", "", "", "", "a", "\u0301"),
  });
}

function needleFrom(text: string, { place, at, length, mangle, more }: Cut): string {
  const points = Array.from(text);
  const spare = Math.max(0, points.length - length);
  const start = { start: 0, middle: at % (spare + 1), end: spare }[place];
  const needle = mangle(points.slice(start, start + length).join("")) + more;
  return Array.from(needle).slice(0, NEEDLE_POINTS_MAX).join("");
}

/** A part of one of the texts, its case or normal form changed. */
export function needleOf(texts: readonly string[], length: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), cutOf(fc.constant(length)))
    .map(([text, cut]) => needleFrom(text, cut));
}

const anyLength = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 2, arbitrary: fc.integer({ min: 5, max: 20 }) },
  { weight: 1, arbitrary: fc.integer({ min: 21, max: NEEDLE_POINTS_MAX }) },
);

/** From the message that the needle is cut from, so that few questions find nothing; `other` is another message's. */
const narrowing = fc.record({
  from: fc.constantFrom("any", "any", "own", "other"),
  to: fc.constantFrom("any", "any", "any", "own"),
  time: fc.constantFrom("any", "any", "since", "until", "window"),
  /** Of a window, in messages. */
  width: fc.constantFrom(1, 10, 100, 1_000),
});

type Narrowing = typeof narrowing extends fc.Arbitrary<infer Value> ? Value : never;

function filterFrom(own: Message, other: Message, end: Message, { from, to, time }: Narrowing): ModelFilter {
  const since = time === "since" || time === "window";
  const until = time === "until" || time === "window";
  return {
    ...(from !== "any" && { from: from === "own" ? own.from : other.from }),
    ...(to !== "any" && { to: own.to }),
    ...(since && { since: own.ts }),
    ...(until && { until: end.ts }),
  };
}

export function questionOf(messages: readonly Message[]): fc.Arbitrary<Question> {
  const inOrder = messages.toSorted(comparePlaces);
  const at = (index: number): Message => inOrder[index % inOrder.length] as Message;
  const needle = fc.oneof(
    { weight: 9, arbitrary: cutOf(anyLength).map((cut) => (text: string) => needleFrom(text, cut) || "a") },
    { weight: 1, arbitrary: anyString.map((some) => () => some) },
  );
  const filter = fc
    .tuple(fc.nat(inOrder.length - 1), needle, narrowing)
    .map(([index, needle, narrow]): ModelFilter => {
      const own = at(index);
      const filter = filterFrom(own, at(index * 7 + 1), at(index + narrow.width), narrow);
      return Object.assign({ q: needle(own.text ?? "") }, filter);
    });
  return fc.record(
    {
      filter,
      order: fc.constantFrom("asc" as const, "desc" as const),
      limit: fc.constantFrom(1, 2, 7, 50, 100),
      offset: fc.oneof(
        { weight: 2, arbitrary: fc.constant(0) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }) },
        { weight: 1, arbitrary: fc.nat(messages.length) },
      ),
    },
    { noNullPrototype: true },
  );
}
