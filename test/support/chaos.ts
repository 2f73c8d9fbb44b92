/** Generators of what no sane client sends. */
import * as fc from "fast-check";
import { sampleMessage } from "./sample.ts";

export const bytes = fc.uint8Array({ maxLength: 3000, size: "max" }).map((some) => Buffer.from(some));

/** A change of some bytes, each at any place. */
const mutation = fc.record({
  kind: fc.constantFrom("change", "remove", "insert", "repeat", "cut"),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  some: fc.uint8Array({ minLength: 1, maxLength: 6 }),
});

/** `whole` after a few changes, so that most of it is still what it was. */
export function mutated(whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
  return fc.tuple(whole, mutations).map(([start, changes]) =>
    changes.reduce((current, { kind, at, some }) => {
      const place = Math.floor(at * current.length);
      const [head, tail] = [current.subarray(0, place), current.subarray(place)];
      if (kind === "cut") return head;
      if (kind === "repeat") return Buffer.concat([head, tail.subarray(0, some.length * 3), tail]);
      const added = kind === "remove" ? Buffer.alloc(0) : Buffer.from(some);
      return Buffer.concat([head, added, kind === "insert" ? tail : tail.subarray(some.length)]);
    }, start),
  );
}

const VALID = sampleMessage();
const TRICKY = [
  "",
  "+",
  "+0",
  "+1234567890123456",
  "\0",
  "\ud800",
  "\udc00\ud800",
  "x".repeat(300),
  "2025-13-01T00:00:00Z",
  "2025-01-15T10:00:60Z",
  "2025-01-15T10:00:00.0000000001Z",
  "-000001-01-01T00:00:00Z",
  "__proto__",
];
const NAMES = [...Object.keys(VALID), "from_", "__proto__", "constructor", "toString", "$schema", "\ud800"];

const anyValue = fc.oneof(
  fc.constantFrom(...TRICKY),
  fc.constantFrom(VALID.message_id, VALID.from, VALID.ts, VALID.text),
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(1e308, -0, 0.1),
);

/** Objects that are nearly messages, and any other JSON. */
export const nearlyMessage: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom(...NAMES), anyValue), { maxLength: 3 })
      // Written by hand, so that a name can be there twice, and `__proto__` is a member like any other.
      .map((wrong) => [...Object.entries(VALID), ...wrong].map(memberOf).join(","))
      .map((members) => `{${members}}`),
  },
  { weight: 2, arbitrary: fc.json({ maxDepth: 6 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("[", '{"a":', '[{"text":', "[[],"), fc.integer({ min: 1, max: 9000 }))
      .map(([open, depth]) => open.repeat(depth)),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 20_000 })
      .map((depth) => `${"[".repeat(depth)}"\\u0000"${"]".repeat(depth)}`),
  },
);

function memberOf([name, value]: readonly [string, unknown]): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

/** Anything that may stand in a header's value, as Latin-1. */
const headerCharacter = fc
  .integer({ min: 0x20, max: 0xff })
  .map((code) => String.fromCharCode(code === 0x7f ? 9 : code));
const HEADER_NAMES =
  "x-signature x-request-id content-type content-encoding accept accept-encoding accept-version host expect upgrade " +
  "cookie authorization range if-none-match origin x-forwarded-for te access-control-request-method";
const HEADER_VALUES = [
  "gzip",
  "identity",
  "100-continue",
  "application/json; charset=utf-16",
  "*/*",
  "h2c",
  "bytes=0-",
];

export const headers: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.constantFrom(...HEADER_NAMES.split(" ")),
  fc.oneof(fc.string({ unit: headerCharacter, maxLength: 60 }), fc.constantFrom(...HEADER_VALUES)),
  { maxKeys: 4, noNullPrototype: true },
);

/** What may stand in a target, also what a URI may not hold. */
const targetCharacter = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Array.from("abz019%&=+?/;:@#<>\"'\\|{}[]^`~.,-_*!$")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("%2F", "%00", "%ff", "%C3%A9", "%e2%80", "%25", "%u0041", "..", "//"),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) },
);
const targetPart = fc.string({ unit: targetCharacter, maxLength: 20 });

const PATHS = [
  "/messages",
  "/messages/",
  "/webhook",
  "/stats",
  "/metrics",
  "/docs",
  "/docs/static/",
  "/health/",
  "/",
  "",
];
/** Most begin with a slash, as every path must. */
export const target = fc.tuple(fc.constantFrom(...PATHS), targetPart).map((parts) => parts.join(""));

const VALUES = [
  "",
  "1",
  "0",
  "-1",
  "1e3",
  "101",
  "+1",
  "%2B1",
  "asc",
  "desc",
  "ASC",
  "2025-01-15T10:00:00Z",
  "e",
  "%00",
];
const PARAMETERS = ["limit", "offset", "from", "to", "since", "until", "q", "order", "cursor"];

/** A name as any client may write it: some of its letters percent-encoded. */
const parameterName = fc
  .tuple(fc.constantFrom(...PARAMETERS), fc.array(fc.nat(9), { maxLength: 2 }))
  .map(([name, places]) =>
    Array.from(name, (letter, place) =>
      places.includes(place) ? `%${letter.charCodeAt(0).toString(16)}` : letter,
    ).join(""),
  );

export const query = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 8, arbitrary: parameterName }, { weight: 1, arbitrary: targetPart }),
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...VALUES) }, { weight: 1, arbitrary: targetPart }),
      fc.constantFrom("=", "=", "=", "", "=="),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, value, equals]) => `${name}${equals}${value}`).join("&"));
