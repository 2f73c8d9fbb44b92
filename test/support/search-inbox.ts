/** An inbox to search in: texts of every script, its parts met often enough that needles find few, many and nearly all. */
import * as fc from "fast-check";
import type { Message } from "../../src/message.ts";
import { INSTANTS } from "./arbitrary.ts";

/** A word of each is a trap: case that changes the length, marks that compose, letters that lower by their neighbours. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  latin: [
    "the",
    "Hello",
    "message",
    "caf\u00e9",
    "CAFE\u0301",
    "\u00c5NGSTR\u00d6M",
    "a\u030angstro\u0308m",
    "Stra\u00dfe",
    "STRASSE \u1e9e",
    "s\u0323\u0307 \u1e69",
    "300 \u212a \u017f \ufb01n",
    "\u01c4 \u01c5 \u01c6",
  ],
  greek: ["ΟΔΟΣ", "Σίσυφος", "ὈΔΥΣΣΕΎΣ", "ΑΣ.", "Σ", "σας", "\u1fbc\u0345"],
  turkish: ["İstanbul", "DİYARBAKIR", "Iğdır", "ısı", "i\u0307", "I\u0307"],
  cyrillic: ["ПРИВЕТ", "мир", "Ёлка", "\u0415\u0308лка", "\u0419\u0439 \u0438\u0306"],
  devanagari: ["नमस्ते", "हिन्दी", "\u0958\u0915\u093c", "क्षत्रिय"],
  arabic: ["مرحبا", "بالعالم", "\u0622\u0627\u0653", "ٱلسَّلَامُ", "\u202eخ\u202c"],
  chinese: ["你好", "世界", "\u8c48\uf900", "𠮷野家", "漢字かな交じり", "한글", "\u1112\u1161\u11ab"],
  emoji: ["👩‍👩‍👧‍👦", "🎉", "🎊", "👍🏽", "🇮🇳", "❤️", "😀😁", "𐐀𐐨", "\u{1d538}"],
  control: ["\t", "\r\n", "\u0001", "\u001f\u007f", "\u0085\u009b", "\u200b\u200e\ufeff", "\u2028", "\u00a0"],
  // The last of each plane are no characters, and some software takes them for another.
  ends: [
    "\u{10ffff}",
    "\u{10fffe}",
    "\ufffd",
    "\ue000\uf8ff",
    "\u{f0000}",
    "\ufdd0",
    "\ud7ff",
    "\ufffe",
    "\uffff",
    "a\ufffeb",
  ],
  marks: [
    "100%",
    "_",
    "%_%",
    "it's",
    '"quoted"',
    "''",
    '""',
    "*",
    "a*",
    "\\",
    "^",
    "(",
    "-",
    "a OR b",
    "NEAR(a)",
    "text:a",
  ],
};

/** Refused by every parser. */
const KEPT_OUT = /\0/g;

export const anyString = fc
  .string({ unit: "binary", minLength: 1, maxLength: 4 })
  .map((some) => some.replaceAll(KEPT_OUT, "a"));

const word = fc.oneof(...Object.values(WORDS).map((words) => fc.constantFrom(...words)), anyString);
/** Without one, a mark may join the word before it. */
const separator = fc.constantFrom(" ", " ", " ", "", "", "-", "\u0301");

function textOf(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(word, separator), { minLength, maxLength, size: "max" })
    .map((parts) => parts.flat().join(""));
}

/** Most are as long as an SMS or shorter; some hold needles of any length. */
const text = fc.oneof(
  { weight: 40, arbitrary: textOf(1, 12) },
  { weight: 2, arbitrary: textOf(60, 150) },
  {
    weight: 2,
    arbitrary: fc.tuple(word, fc.integer({ min: 1, max: 150 })).map(([some, times]) => some.repeat(times)),
  },
  { weight: 1, arbitrary: fc.constantFrom("", null) },
);

const FRACTIONS = ["", "", ".0", ".5", ".000000001", ".999999999", ".123456"];
const FIRST_SECOND = 1_790_000_000;

/** Six weeks in which instants are met again, now and then another spelling of one; a few far away. */
const ts = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.nat(42), fc.nat(48), fc.constantFrom(...FRACTIONS))
      .map(([day, halfHour, fraction]) => {
        const second = FIRST_SECOND + day * 86_400 + halfHour * 1_800;
        return new Date(second * 1_000).toISOString().replace(".000Z", `${fraction}Z`);
      }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...INSTANTS) },
);

/** One has most of the messages, some have a few. */
const party = fc.oneof(
  { weight: 6, arbitrary: fc.constant("+14155550100") },
  { weight: 3, arbitrary: fc.constantFrom("+111", "+222", "whatsapp:+1") },
  { weight: 1, arbitrary: fc.nat(99).map((number) => `+9198765${number}`) },
);

/** As they arrive: in no order of time. The same for the same seed. */
export function searchInbox(messages: number, seed: number): Message[] {
  const members = fc.sample(fc.tuple(party, party, ts, text, fc.nat(0xffff)), { numRuns: messages, seed });
  return members.map(([from, to, ts, text, number], index) => ({
    // By their ids, messages of one instant are in another order than they came.
    message_id: `${number.toString(36)}-${index}`,
    from,
    to,
    ts,
    text: text === null ? null : Array.from(text).slice(0, 4096).join(""),
  }));
}
