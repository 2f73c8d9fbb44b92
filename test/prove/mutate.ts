/** Small, quick changes of bytes, texts and values, for a million requests. */
import type { Random } from "../support/random.ts";

/** What breaks readers of bytes: ends of lines and strings, signs of formats, invalid and overlong UTF-8. */
const NASTY_BYTES = [0, 9, 10, 13, 32, 34, 37, 44, 58, 61, 92, 123, 125, 127, 128, 192, 237, 255];
const NASTY_TEXTS = [
  "",
  "\0",
  "\ud800",
  "\u2028",
  "\uffff",
  "+",
  "-1",
  "1e999",
  "%00",
  "%zz",
  "%C3%A9",
  "%e2%80",
  "..",
  "//",
  "__proto__",
  "constructor",
  "null",
  "9".repeat(400),
  "é".repeat(130),
  "2025-02-30T10:00:00Z",
  "2025-01-15T10:00:00.0000000001Z",
  "9999-12-31T23:59:59.999999999Z",
];

/** The bytes after one to four changes. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let current = bytes;
  for (let left = 1 + random.below(4); left > 0; left -= 1) current = changeBytes(current, random);
  return current;
}

function changeBytes(bytes: Buffer, random: Random): Buffer {
  const place = random.below(bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  const some = Buffer.from(Array.from({ length: 1 + random.below(4) }, () => nastyByte(random)));
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([head, some, tail]);
    case 1:
      return Buffer.concat([head, some, tail.subarray(some.length)]);
    case 2:
      return Buffer.concat([head, tail.subarray(1 + random.below(8))]);
    case 3:
      return Buffer.concat([head, tail.subarray(0, random.below(40)), tail]);
    case 4:
      return Buffer.concat([tail, head]);
    default:
      return head.length > 0 && random.below(4) === 0 ? head : Buffer.concat([head, tail.toReversed()]);
  }
}

function nastyByte(random: Random): number {
  return random.below(2) === 0 ? random.pick(NASTY_BYTES) : random.below(256);
}

/** The text with a part replaced, or another one in its place. */
export function mutateText(text: string, random: Random): string {
  const nasty = random.pick(NASTY_TEXTS);
  if (random.below(3) === 0) return nasty;
  const place = random.below(text.length + 1);
  return text.slice(0, place) + nasty + text.slice(place + random.below(4));
}

/** Any JSON value, most of them short. */
export function anyValue(random: Random): unknown {
  const values: (() => unknown)[] = [
    () => random.pick(NASTY_TEXTS),
    () => null,
    () => random.below(2) === 0,
    () => random.pick([0, -0, 1e308, 0.1, 2 ** 53, -1]),
    () => [random.pick(NASTY_TEXTS)],
    () => ({ [random.pick(NASTY_TEXTS)]: random.below(9) }),
    () => "x".repeat(random.below(5_000)),
  ];
  return random.pick(values)();
}

/** What may stand in a header's value or a target without changing where the head ends. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, "");
}
