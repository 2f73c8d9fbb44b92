import { test } from "node:test";
import { assertFinds } from "./support/listing.ts";
import { startTestService } from "./support/service.ts";

test("q ignores case in Latin, Greek, Cyrillic and every other script that has it", async (t) => {
  const { url } = await startTestService(t);
  const texts = ["Señor ÅNGSTRÖM", "ΑΘΗΝΑ Ώρα", "Привет МИР", "ԲարեՎ", "ᲐᲑᲒ აბგ", "𐐀𐐁𐐂 Deseret", "ꭰᏣᎳᎩ"];
  const [latin, greek, cyrillic, armenian, georgian, deseret, cherokee] = texts as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  await assertFinds(url, texts, [
    ["SEÑOR", [latin]],
    ["ångström", [latin]],
    ["ñ", [latin]],
    ["αθηνα", [greek]],
    ["ώΡΑ", [greek]],
    ["ПРИВЕТ мир", [cyrillic]],
    ["и", [cyrillic]],
    ["բԱՐԵվ", [armenian]],
    ["აბგ", [georgian]],
    ["ᲐᲑᲒ", [georgian]],
    ["𐐨𐐩𐐪", [deseret]],
    ["𐐀", [deseret]],
    ["Ꭰꮳ", [cherokee]],
  ]);
});

test("q takes a word's last sigma for another letter than one inside, as Unicode's lower case has it", async (t) => {
  const { url } = await startTestService(t);
  const texts = ["ΟΔΟΣΗΜΑΝΣΗ", "ΟΔΟΣ ΑΘΗΝΩΝ", "οδος", "Σ"];
  const [signs, street, low, letter] = texts as [string, string, string, string];
  await assertFinds(url, texts, [
    ["ΟΔΟΣ", [street, low]],
    ["οδος", [street, low]],
    ["οδοσ", [signs]],
    ["ΔΟΣ Α", [street]],
    ["ΣΗΜ", [signs]],
    ["Σ", [signs, letter]],
    ["ς", [street, low]],
  ]);
});

test("q finds Turkish capitals by themselves and by their lower case", async (t) => {
  const { url } = await startTestService(t);
  const texts = ["İSTANBUL'DA", "Iğdır", "ısı"];
  const [istanbul, igdir, heat] = texts as [string, string, string];
  await assertFinds(url, texts, [
    ["İSTANBUL", [istanbul]],
    ["İ", [istanbul]],
    ["i\u0307stanbul", [istanbul]],
    ["STANBUL", [istanbul]],
    ["iğdır", [igdir]],
    ["IĞD", [igdir]],
    ["ısı", [heat]],
  ]);
});

test("q does not mind whether letters are composed or decomposed", async (t) => {
  const { url } = await startTestService(t);
  const texts = [
    "cafe\u0301 one",
    "CAF\u00c9 two",
    "한글 three",
    "\u1112\u1161\u11ab\u1100\u1173\u11af four",
  ];
  texts.push("300 \u212a, 5 \u00c5, 7 \u212b", "1\u0323\u0307s \u1e69 s\u0307\u0323");
  const [nfd, nfc, hangul, jamo, signs, dots] = texts as [string, string, string, string, string, string];
  await assertFinds(url, texts, [
    ["caf\u00e9", [nfd, nfc]],
    ["cafe\u0301", [nfd, nfc]],
    ["CAFE\u0301 O", [nfd]],
    ["한글", [hangul, jamo]],
    ["\u1112\u1161\u11ab", [hangul, jamo]],
    ["300 k", [signs]],
    ["7 \u00e5", [signs]],
    ["S\u0323\u0307", [dots]],
    ["\u1e68 \u1e69", [dots]],
  ]);
});
