/** The page marks what the search finds: for every text and needle, as the service folds them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { markHits } from "../page/views/messages/list/marks.ts";
import { fold } from "../src/fold.ts";

const LETTERS = [
  "a",
  "A",
  "e\u0301",
  "É",
  "İ",
  "i",
  "ß",
  "Σ",
  "σ",
  "ς",
  "ﬁ",
  "Å",
  "\u0323",
  "가",
  "ㅏ",
  "👩‍👩‍👧",
  "👧",
  " ",
  "%",
];
const texts = fc.array(fc.constantFrom(...LETTERS), { maxLength: 12 }).map((parts) => parts.join(""));

function marked(text: string, needle: string): string {
  return markHits(text, needle)
    .map((piece) => (piece.isHit ? `[${piece.text}]` : piece.text))
    .join("");
}

test("hits are marked as they stand in the text, however they are spelled", () => {
  for (const [text, needle, expected] of [
    ["Hello hello", "HELLO", "[Hello] [hello]"],
    ["cafe\u0301 CAFÉ", "café", "[cafe\u0301] [CAFÉ]"],
    ["İstanbul", "i\u0307s", "[İs]tanbul"],
    ["aaa", "aa", "[aa]a"],
    ["50% of_it", "%", "50[%] of_it"],
    ["nothing", "", "nothing"],
    ["<b>", "<B>", "[<b>]"],
    ["👩‍👩‍👧!", "👧", "[👩‍👩‍👧]!"],
  ] as const) {
    assert.equal(marked(text, needle), expected);
  }
});

test("the pieces are the text, and there is a hit in it exactly when the service finds it", () => {
  fc.assert(
    fc.property(texts, texts, (text, needle) => {
      const pieces = markHits(text, needle);
      assert.equal(pieces.map((piece) => piece.text).join(""), text);
      assert.equal(
        pieces.some(({ isHit }) => isHit),
        needle !== "" && fold(text).includes(fold(needle)),
      );
    }),
    { numRuns: 5_000 },
  );
});
