import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { assertRefused, assertUnharmed, bodyWith } from "./support/refusal.ts";
import { startTestService } from "./support/service.ts";

interface Rule {
  readonly member: string;
  /** What the detail must say besides the member's name, in whichever words. */
  readonly says: RegExp;
  readonly accepted: readonly unknown[];
  readonly refused: readonly unknown[];
}

/** What JSON can hold that is neither a string nor null; each is the wrong type for every member. */
const NO_STRINGS = [0, 1, 1.5, true, false, [], ["a"], {}, { a: "b" }];

const ASTRAL = "\u{1F600}";
const COMBINED = "e\u0301";

const PHONE_NUMBER: Omit<Rule, "member"> = {
  says: /\+.*15.*digits|digits.*15/,
  accepted: ["+1", "+0", "+12", "+12345678901234", "+123456789012345", "+000000000000000"],
  refused: [
    "",
    "+",
    "+1234567890123456",
    "919876543210",
    "00919876543210",
    "++91",
    "-91",
    "+91a",
    "a+91",
    "+91-98765",
    "+(91)98765",
    "+91.5",
    "+1e3",
    "+91 98765",
    " +91",
    "+91 ",
    "+ 91",
    "+91\n",
    "\n+91",
    "+91\r\n",
    "+91\n+92",
    "+91\u2028",
    "+91\u00a0",
    "+91\u200b",
    "+\u0661\u0662\u0663", // Arabic-Indic digits
    "+\uff11\uff12\uff13", // full-width digits
    "\uff0b123", // full-width plus
    "+\u{1D7CE}", // a mathematical digit, outside the basic plane
    "+\u00b2", // superscript two
    null,
    919876543210,
    ...NO_STRINGS,
  ],
};

const RULES: readonly Rule[] = [
  {
    member: "message_id",
    says: /256/,
    accepted: [
      "m",
      " ",
      "a".repeat(256),
      // Code points, so neither UTF-16 units (512 of these) nor bytes (1,024).
      ASTRAL.repeat(256),
      COMBINED.repeat(128),
      "\n\t\u0001\u007f",
      "../%2F?&#",
      "\ufeff",
    ],
    refused: ["", "a".repeat(257), ASTRAL.repeat(257), `${COMBINED.repeat(128)}x`, null, ...NO_STRINGS],
  },
  { member: "from", ...PHONE_NUMBER },
  { member: "to", ...PHONE_NUMBER },
  {
    member: "text",
    says: /4,?096/,
    accepted: [
      "",
      " ",
      null,
      "a".repeat(4096),
      ASTRAL.repeat(4096),
      COMBINED.repeat(2048),
      "\ufffe\uffff\u0001",
    ],
    refused: ["a".repeat(4097), ASTRAL.repeat(4097), `${COMBINED.repeat(2048)}x`, ...NO_STRINGS],
  },
];

for (const { member, says, accepted, refused } of RULES) {
  test(`${member}: every value outside its rule is 422, says which rule, and leaves nothing behind`, async (t) => {
    const service = await startTestService(t);
    for (const value of refused) {
      await assertRefused(service.url, bodyWith({ [member]: value }), [new RegExp(`\\b${member}\\b`), says]);
    }
    await assertUnharmed(service);
  });

  test(`${member}: every value inside its rule is kept as it was sent`, async (t) => {
    const { url } = await startTestService(t);
    for (const [index, value] of accepted.entries()) {
      const body = bodyWith({ message_id: `m${index}`, [member]: value });
      const answer = await post(url, body);
      assert.equal(answer.status, 200, `${JSON.stringify(value)}: ${answer.text}`);
      const found = await request(`${url}/messages/${encodeURIComponent(String(body["message_id"]))}`);
      assert.deepEqual(found.json, body);
    }
  });
}

for (const member of ["message_id", "from", "to", "ts"]) {
  test(`${member}: a body without it is 422 and says that it is required`, async (t) => {
    const service = await startTestService(t);
    const says = [new RegExp(`\\b${member}\\b`), /required|missing/];
    await assertRefused(service.url, bodyWith({ [member]: undefined }), says);
    await assertUnharmed(service);
  });
}

test("from_ follows the rule of from", async (t) => {
  const service = await startTestService(t);
  for (const value of PHONE_NUMBER.refused) {
    const body = bodyWith({ from: undefined, from_: value });
    await assertRefused(service.url, body, [/\bfrom_?\b/, PHONE_NUMBER.says]);
  }
  await assertUnharmed(service);
});
