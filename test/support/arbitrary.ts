/** Generators of messages: small pools, so that collisions of every kind are frequent. */
import * as fc from "fast-check";
import type { Message } from "../../src/message.ts";
import type { ModelFilter } from "./model.ts";

/** Some instants have several spellings, and some differ by a nanosecond or a sign only. */
export const INSTANTS = [
  "2025-01-15T10:00:00Z",
  "2025-01-15T10:00:00.0Z",
  "2025-01-15T10:00:00.000000000Z",
  "2025-01-15T10:00:00.000000001Z",
  "2025-01-15T09:59:59.999999999Z",
  "2024-02-29T23:59:59.9Z",
  "1970-01-01T00:00:00Z",
  "1969-12-31T23:59:59.999999999Z",
  "1969-12-31T23:59:59Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999Z",
] as const;

/** One script or trap each: case pairs that change length, marks composed and not, sigma, no case at all. */
const SNIPPETS = [
  "Hello",
  "ПРИВЕТ мир",
  "İstanbul ıI",
  "Straße STRASSE",
  "ΟΔΟΣ Σίσυφος",
  "caf\u00e9",
  "cafe\u0301 E\u0301",
  "नमस्ते",
  "你好，世界",
  "مرحبا بالعالم",
  "שָׁלוֹם",
  "👩‍👩‍👧‍👦🇮🇳",
  "100% _a_ *",
  'it\'s "quoted" \\',
  "two\nlines\ttab",
  "\uffff\ufffd\u{1d538}",
] as const;

export const text = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 3 }).map((parts) => parts.join(" ")),
  },
  {
    weight: 2,
    arbitrary: fc.string({ unit: "binary", maxLength: 12 }).map((some) => some.replaceAll("\0", "")),
  },
  { weight: 1, arbitrary: fc.constant(null) },
);

/** Part of a text as a person might type it: other case, other normal form, any cut between code points. */
export const needle = fc
  .tuple(
    fc.constantFrom(...SNIPPETS),
    fc.nat(),
    fc.integer({ min: 1, max: 6 }),
    fc.constantFrom(...manglers()),
  )
  .map(([snippet, at, length, mangle]) => {
    const points = Array.from(snippet);
    const start = at % points.length;
    return mangle(points.slice(start, start + length).join(""));
  });

function manglers(): ((text: string) => string)[] {
  return [
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => text.normalize("NFD"),
    (text) => text.normalize("NFC").toUpperCase(),
  ];
}

const instant: fc.Arbitrary<string> = fc.constantFrom(...INSTANTS);

export function message(
  ids: readonly string[],
  parties: readonly string[],
  ts = instant,
): fc.Arbitrary<Message> {
  const party = fc.constantFrom(...parties);
  return fc.record(
    {
      message_id: fc.constantFrom(...ids),
      from: party,
      to: party,
      ts,
      text,
    },
    { noNullPrototype: true },
  );
}

export function filter(parties: readonly string[]): fc.Arbitrary<ModelFilter> {
  const members = {
    from: fc.constantFrom(...parties),
    to: fc.constantFrom(...parties),
    since: instant,
    until: instant,
    q: needle,
  };
  return fc.record(members, { requiredKeys: [], noNullPrototype: true });
}

/** What a timeline can be narrowed by. */
export function timelineFilter(parties: readonly string[], ts = instant): fc.Arbitrary<ModelFilter> {
  const members = { from: fc.constantFrom(...parties), since: ts, until: ts };
  return fc.record(members, { requiredKeys: [], noNullPrototype: true });
}
