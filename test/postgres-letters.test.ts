import assert from "node:assert/strict";
import { test } from "node:test";
import { lettersOf } from "../src/store/postgres/letters.ts";

test("each character is one letter or digit, and those of the alphabet are themselves", () => {
  assert.equal(lettersOf("abcxyz0189"), "abcxyz0189");
  for (const text of ["", "a b-c", "привет", "您的订单", "😀👩‍👩‍👧", "i\u0307", "\u{10ffff}a"]) {
    const letters = lettersOf(text);
    assert.match(letters, /^[a-z0-9]*$/);
    assert.equal(letters.length, Array.from(text).length, text);
  }
});

test("what a database holds by now stays what a text is looked for by", () => {
  const LETTERS: Readonly<Record<string, string>> = {
    "hello there!": "helloithereb",
    "привет мир": "5y64noim6y",
    您的订单将于明天送达: "6isngk4vrw",
    नमस्ते: "24mfmd",
    "😀👩‍👩‍👧": "2v7v75",
    'say "hi" 100%_\\': "sayi4hi4i100rxe",
  };
  for (const [text, letters] of Object.entries(LETTERS)) assert.equal(lettersOf(text), letters, text);
});
