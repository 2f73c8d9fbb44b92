import assert from "node:assert/strict";
import { test } from "node:test";
import { assertFinds, assertRefused, encode, keep, list, listIds } from "./support/listing.ts";
import { startTestService } from "./support/service.ts";

test("q finds a substring anywhere in the text, of any length", async (t) => {
  const { url } = await startTestService(t);
  const [fox, dog] = ["The quick brown fox", "A lazy dog; quickly!"];
  await assertFinds(
    url,
    [fox, dog],
    [
      ["quick", [fox, dog]],
      ["The quick brown fox", [fox]],
      ["The quick brown fox.", []],
      ["uick br", [fox]],
      ["z", [dog]],
      ["ox", [fox]],
      [" ", [fox, dog]],
      ["!", [dog]],
      ["k  b", []],
      ["quick fox", []],
      ["fox quick", []],
    ],
  );
});

test("a message without a text matches no q", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ text: null }, { text: "" }, { text: "null" }]);
  assert.deepEqual(await listIds(url, "q=null"), ["m2"]);
  assert.deepEqual(await listIds(url, "q=n"), ["m2"]);
});

test("a plus in q is a space, as forms write it, and %2B is a plus", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ text: "1 1 = 2" }, { text: "1+1=2" }]);
  assert.deepEqual(await listIds(url, "q=1+1"), ["m0"]);
  assert.deepEqual(await listIds(url, "q=1%201"), ["m0"]);
  assert.deepEqual(await listIds(url, "q=1%2B1"), ["m1"]);
  assert.deepEqual(await listIds(url, "q=1%2B1=2"), ["m1"]);
  assert.deepEqual(await listIds(url, "q=1%2B1%3D2"), ["m1"]);
});

test("characters with a meaning in SQL, LIKE, GLOB or full-text search are plain characters", async (t) => {
  const { url } = await startTestService(t);
  const special = [
    "%",
    "_",
    '"',
    "'",
    "*",
    "\\",
    "?",
    "[",
    "]",
    "^",
    "(",
    ")",
    "-",
    "+",
    ":",
    ";",
    "{",
    "$",
    "&",
  ];
  const texts = special.map((character) => `x${character}yz`);
  await assertFinds(
    url,
    ["xayz", "xyz", ...texts],
    special.flatMap((character, index) => {
      const text = texts[index] ?? "";
      // Alone, between, and long enough for an index of trigrams.
      return [character, `x${character}y`, text].map((needle): [string, string[]] => [needle, [text]]);
    }),
  );
  for (const q of [
    "x%yz",
    "x_yz",
    "%%%",
    "___",
    "x*",
    '"xyz"',
    "xyz OR xayz",
    "NEAR(x y)",
    "text:xyz",
    "'--",
    "\\%",
  ]) {
    const matching = texts.filter((text) => text.includes(q)).length;
    assert.equal((await list(url, { q })).total, matching, q);
  }
});

test("q finds emoji and other characters beyond the basic plane, whole and not by halves", async (t) => {
  const { url } = await startTestService(t);
  const texts = ["party 🎉!", "family 👩‍👩‍👧", "flag 🇮🇳 ok", "𠮷野家", "🎊"];
  const [party, family, flag, kanji, ball] = texts as [string, string, string, string, string];
  await assertFinds(url, texts, [
    ["🎉", [party]],
    ["y 🎉!", [party]],
    ["👩", [family]],
    ["👩‍👩‍👧", [family]],
    ["🇮🇳", [flag]],
    ["𠮷", [kanji]],
    ["𠮷野家", [kanji]],
    ["🎊", [ball]],
    // Shares its first UTF-16 half with 🎉 and 🎊.
    ["🎈", []],
  ]);
});

test("q finds line breaks and control characters", async (t) => {
  const { url } = await startTestService(t);
  const texts = ["one\r\ntwo", "tab\there", "bell\u0007"];
  const [lines, tab, bell] = texts as [string, string, string];
  await assertFinds(url, texts, [
    ["e\r\nt", [lines]],
    ["\n", [lines]],
    ["\t", [tab]],
    ["\u0007", [bell]],
  ]);
});

test("q finds the last letters of the longest text", async (t) => {
  const { url } = await startTestService(t);
  const text = `${"😀".repeat(4093)}End`;
  await keep(url, [{ text }]);
  for (const q of ["end", "😀end", "nd", "😀".repeat(256)]) assert.equal((await list(url, { q })).total, 1);
});

test("q takes up to 256 characters, counted as code points", async (t) => {
  const { url } = await startTestService(t);
  await keep(url, [{ text: "x".repeat(300) }, { text: "😀".repeat(256) }, { text: "😀".repeat(255) }]);
  assert.deepEqual(await listIds(url, { q: "x".repeat(256) }), ["m0"]);
  assert.deepEqual(await listIds(url, { q: "😀".repeat(256) }), ["m1"]);
  for (const character of ["x", "é", "😀"])
    await assertRefused(url, encode({ q: character.repeat(257) }), "q");
});
