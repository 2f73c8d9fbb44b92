import assert from "node:assert/strict";
import { test } from "node:test";
import { post, request } from "./support/client.ts";
import { assertRefused, assertUnharmed, bodyWith } from "./support/refusal.ts";
import { startTestService } from "./support/service.ts";

const FRACTIONS_1_TO_9 = Array.from({ length: 9 }, (_, index) => "123456789".slice(0, index + 1));

const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  "ordinary moments": ["2025-01-15T10:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z"],
  "the ends of a day": ["2025-01-15T00:00:00Z", "2025-01-15T23:59:59Z", "2025-12-31T23:59:59.999999999Z"],
  "29 February in leap years": ["2024-02-29T10:00:00Z", "2000-02-29T10:00:00Z", "2400-02-29T10:00:00Z"],
  "the last day of a month": ["2025-01-31T10:00:00Z", "2025-04-30T10:00:00Z", "2025-02-28T10:00:00Z"],
  "the first and the last year": ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
  "fractions of 1 to 9 digits": FRACTIONS_1_TO_9.map((digits) => `2025-01-15T10:00:00.${digits}Z`),
  "fractions of zeros": ["2025-01-15T10:00:00.0Z", "2025-01-15T10:00:00.000000000Z"],
};

const REFUSED: Readonly<Record<string, readonly unknown[]>> = {
  "no such day": [
    "2025-02-30T10:00:00Z",
    "2025-02-29T10:00:00Z",
    "1900-02-29T10:00:00Z",
    "2100-02-29T10:00:00Z",
    "2025-04-31T10:00:00Z",
    "2025-01-32T10:00:00Z",
    "2025-01-00T10:00:00Z",
  ],
  "no such month": ["2025-13-01T10:00:00Z", "2025-00-01T10:00:00Z"],
  "no such time": [
    "2025-01-15T24:00:00Z",
    "2025-01-15T25:00:00Z",
    "2025-01-15T23:60:00Z",
    "2025-01-15T23:59:60Z",
    "2025-01-15T23:59:61Z",
    "2016-12-31T23:59:60Z", // a leap second that there was; POSIX time, and so every engine, has no place for it
  ],
  "not Z in upper case": [
    "2025-01-15T10:00:00",
    "2025-01-15T10:00:00z",
    "2025-01-15T10:00:00+00:00",
    "2025-01-15T10:00:00-00:00",
    "2025-01-15T10:00:00+0000",
    "2025-01-15T10:00:00+05:30",
    "2025-01-15T10:00:00Z+00:00",
    "2025-01-15T10:00:00ZZ",
    "2025-01-15T10:00:00UTC",
    "2025-01-15T10:00:00 Z",
  ],
  "not T between date and time": [
    "2025-01-15 10:00:00Z",
    "2025-01-15t10:00:00Z",
    "2025-01-15_10:00:00Z",
    "2025-01-1510:00:00Z",
  ],
  "other spellings of a date or time": [
    "2025-01-15",
    "2025-01-15T10:00Z",
    "2025-01-15T10Z",
    "10:00:00Z",
    "2025-1-15T10:00:00Z",
    "2025-01-15T1:00:00Z",
    "25-01-15T10:00:00Z",
    "02025-01-15T10:00:00Z",
    "12025-01-15T10:00:00Z",
    "+002025-01-15T10:00:00Z",
    "-002025-01-15T10:00:00Z",
    "-025-01-15T10:00:00Z",
    "20250115T100000Z",
    "2025/01/15T10:00:00Z",
    "2025-W03-3T10:00:00Z",
    "2025-015T10:00:00Z",
    "Wed, 15 Jan 2025 10:00:00 GMT",
    "1736935200",
    "now",
  ],
  "other fractions": [
    "2025-01-15T10:00:00.Z",
    "2025-01-15T10:00:00,5Z",
    "2025-01-15T10:00:00.1234567890Z",
    "2025-01-15T10:00:00.0000000000Z",
    "2025-01-15T10:00:00.-1Z",
    "2025-01-15T10:00:00.1.1Z",
    "2025-01-15T10:00:00.1e3Z",
    "2025-01-15T10:00.5Z",
  ],
  "white space and lines": [
    "2025-01-15T10:00:00Z\n",
    "2025-01-15T10:00:00Z\r\n",
    "\n2025-01-15T10:00:00Z",
    "2025-01-15T10:00:00Z\n2025-01-15T10:00:00Z",
    " 2025-01-15T10:00:00Z",
    "2025-01-15T10:00:00Z ",
    "2025-01-15T10:00:00Z\u2028",
    "2025-01-15T10:00:00.5Z\n",
  ],
  "digits of other scripts": [
    "\u0662\u0660\u0662\u0665-01-15T10:00:00Z",
    "\uff12\uff10\uff12\uff15-01-15T10:00:00Z",
    "2025-01-15T10:00:00.\u0661Z",
  ],
  "no strings": ["", null, 0, 1736935200, 1736935200000, true, [], ["2025-01-15T10:00:00Z"], {}],
};

for (const [name, values] of Object.entries(ACCEPTED)) {
  test(`ts: ${name} are accepted and returned as sent`, async (t) => {
    const { url } = await startTestService(t);
    for (const [index, ts] of values.entries()) {
      const body = bodyWith({ message_id: `m${index}`, ts });
      const answer = await post(url, body);
      assert.equal(answer.status, 200, `${ts}: ${answer.text}`);
      assert.deepEqual((await request(`${url}/messages/m${index}`)).json, body);
    }
  });
}

for (const [name, values] of Object.entries(REFUSED)) {
  test(`ts: ${name}: 422 that says what a ts is, and nothing is left behind`, async (t) => {
    const service = await startTestService(t);
    for (const ts of values) {
      await assertRefused(service.url, bodyWith({ ts }), [/\bts\b/, /RFC 3339|date/i]);
    }
    await assertUnharmed(service);
  });
}
