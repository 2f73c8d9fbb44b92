import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { assertRefused, assertUnharmed, bodyWith, MARKER } from "./support/refusal.ts";
import { startTestService } from "./support/service.ts";

const SAMPLE = JSON.stringify(bodyWith({}));
/** The sample with further members, written as JSON by hand. */
const withMore = (members: string): string => `${SAMPLE.slice(0, -1)},${members}}`;

/** What JSON can carry in an escape and no store should be handed, with the words for it. */
const UNSTORABLE: readonly (readonly [escaped: string, says: RegExp])[] = [
  ["\\u0000", /U\+0000|NUL/i],
  ["a\\u0000b", /U\+0000|NUL/i],
  ["\\ud800", /surrogate/],
  ["\\uDFFF", /surrogate/],
  ["\\udc00\\ud800", /surrogate/],
  ["\\ud83d\\ud83d\\ude00", /surrogate/],
  ["\\ud83dx", /surrogate/],
];

const PLACES: Readonly<Record<string, readonly [where: RegExp, write: (escaped: string) => string]>> = {
  "in message_id": [/message_id/, (bad) => SAMPLE.replace('"m1"', `"${bad}"`)],
  "in text": [/text/, (bad) => SAMPLE.replace(MARKER, `${MARKER}${bad}`)],
  "in an unknown member": [/extra/, (bad) => withMore(`"extra":"${bad}"`)],
  "nested in an unknown member": [/extra/, (bad) => withMore(`"extra":[0,{"a":[{"b":"${bad}"}]}]`)],
  "in the name of a member": [/body/, (bad) => withMore(`"a${bad}":1`)],
  "in the name of a nested member": [/extra/, (bad) => withMore(`"extra":[{"${bad}":1}]`)],
};

for (const [name, [where, write]] of Object.entries(PLACES)) {
  test(`U+0000 or a lone surrogate ${name} is 422 that says where`, async (t) => {
    const service = await startTestService(t);
    for (const [bad, says] of UNSTORABLE) await assertRefused(service.url, write(bad), [where, says]);
    await assertUnharmed(service);
  });
}

test("U+0000 or a lone surrogate in from, to and ts is 422 that names the member", async (t) => {
  const service = await startTestService(t);
  const { from, to, ts } = bodyWith({});
  for (const [bad] of UNSTORABLE) {
    for (const [name, value] of Object.entries({ from, to, ts })) {
      const body = SAMPLE.replace(`"${String(value)}"`, `"${String(value)}${bad}"`);
      await assertRefused(service.url, body, [new RegExp(`\\b${name}\\b`)]);
    }
  }
  await assertUnharmed(service);
});

test("escapes that only look like these are accepted", async (t) => {
  const { url } = await startTestService(t);
  const escaped = ["\\\\u0000", "\\\\ud800", "\\ud83d\\ude00", "\\u00e9", "\\u0001", "\\ufeff", "\\uFFFF"];
  for (const [index, text] of escaped.entries()) {
    const body = SAMPLE.replace("m1", `m${index}`).replace(MARKER, text);
    const answer = await post(url, body);
    assert.equal(answer.status, 200, `${text}: ${answer.text}`);
    assert.deepEqual((await request(`${url}/messages/m${index}`)).json, JSON.parse(body));
  }
});

test("bytes that are not UTF-8 are 422, wherever they stand", async (t) => {
  const service = await startTestService(t);
  const wrong = {
    "a byte that UTF-8 never has": [0xff],
    "a continuation without a start": [0x80],
    "a character cut short": [0xe2, 0x82],
    "an overlong form": [0xc0, 0xaf],
    "an overlong U+0000": [0xc0, 0x80],
    "a surrogate": [0xed, 0xa0, 0x80],
    "a pair of surrogates": [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
    "beyond U+10FFFF": [0xf4, 0x90, 0x80, 0x80],
    "Latin-1": [0xe9],
  };
  const places = [
    SAMPLE.replace(MARKER, `${MARKER}@`),
    SAMPLE.replace("m1", "@"),
    withMore('"extra":"@"'),
    withMore('"@":1'),
    `${SAMPLE}@`,
  ];
  for (const bytes of Object.values(wrong)) {
    for (const place of places) {
      const [before = "", after = ""] = place.split("@");
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      await assertRefused(service.url, body, [/body/, /UTF-8/]);
    }
  }
  await assertUnharmed(service);
});

test("a body that is not JSON is 422 that says so", async (t) => {
  const service = await startTestService(t);
  const wrong = {
    empty: "",
    "white space": " \n",
    "not JSON at all": `hello ${MARKER}`,
    "cut short": SAMPLE.slice(0, -1),
    "cut inside the text": SAMPLE.slice(0, SAMPLE.indexOf(MARKER) + MARKER.length),
    "a comma too many": `${SAMPLE.slice(0, -1)},}`,
    "something behind it": `${SAMPLE}x`,
    "two values": SAMPLE + SAMPLE,
    "single quotes": SAMPLE.replaceAll('"', "'"),
    "names without quotes": SAMPLE.replace('"text"', "text"),
    "a comment": `/* ${MARKER} */${SAMPLE}`,
    "NaN in it": withMore('"extra":NaN'),
    "undefined in it": withMore('"extra":undefined'),
    "a number with a leading zero": withMore('"extra":01'),
    "an unknown escape": withMore('"extra":"\\x41"'),
    "an escape cut short": withMore('"extra":"\\u12"'),
    "a raw line feed in a string": withMore('"extra":"\n"'),
    "a raw U+0000 in a string": withMore('"extra":"\0"'),
    "a raw U+0000 behind it": `${SAMPLE}\0`,
    "white space that JSON does not know": `\u00a0${SAMPLE}`,
    "a byte order mark": `\ufeff${SAMPLE}`,
    "UTF-16": Buffer.from(SAMPLE, "utf16le"),
    "a form": "message_id=m1&from=%2B1&to=%2B1&ts=2025-01-15T10:00:00Z",
  };
  for (const body of Object.values(wrong)) await assertRefused(service.url, body, [/body/, /JSON/]);
  await assertUnharmed(service);
});

test("a body that is JSON but no object is 422 that says so", async (t) => {
  const service = await startTestService(t);
  for (const body of ["null", "true", "0", "1e400", '""', `"${MARKER}"`, "[]", `[${SAMPLE}]`, "[[]]"]) {
    await assertRefused(service.url, body, [/body/, /object/]);
  }
  await assertUnharmed(service);
});

test("deep nesting is 422 when it is no object or no JSON, and ignored in an unknown member", async (t) => {
  const service = await startTestService(t);
  const deep = 30_000;
  const array = "[".repeat(deep) + "]".repeat(deep);
  const object = `${'{"":'.repeat(12_000)}0${"}".repeat(12_000)}`;
  for (const body of [
    "[".repeat(60_000),
    '{"a":'.repeat(12_000),
    withMore(`"extra":${"[".repeat(60_000)}`),
  ]) {
    await assertRefused(service.url, body, [/body/, /JSON/]);
  }
  await assertRefused(service.url, array, [/body/, /object/]);
  await assertRefused(service.url, withMore(`"extra":${array.replace("[]", '["\\ud800"]')}`), [/extra/]);
  await assertUnharmed(service);
  for (const [index, extra] of [array, object].entries()) {
    // With an escape, so that whatever looks through the values for it meets the depth too.
    const body = withMore(`"extra":${extra},"e":"\\u00e9"`).replace("m1", `deep${index}`);
    assert.equal((await post(service.url, body)).status, 200);
  }
});

test("__proto__, constructor and the like are members as any other, so ignored, and give nothing", async (t) => {
  const service = await startTestService(t);
  await assertRefused(
    service.url,
    `{"__proto__":${SAMPLE},"from":"+1","to":"+1","ts":"2025-01-15T10:00:00Z"}`,
    [/message_id/, /required|missing/],
  );
  await assertUnharmed(service);
  const more =
    '"__proto__":{"text":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1';
  const body = withMore(more).replace(`"text":"${MARKER}"`, '"hasOwnProperty":0');
  assert.equal((await post(service.url, body)).status, 200);
  const found = await request(`${service.url}/messages/m1`);
  assert.deepEqual(found.json, bodyWith({ text: null }));
  assert.equal("polluted" in {}, false);
});
