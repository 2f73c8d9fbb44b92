import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Message } from "../../src/message.ts";
import { sampleMessage } from "../support/sample.ts";
import { allOf, type CreateDatabase, EVERYTHING, idsOf, openEmpty } from "./database.ts";

/** Four bytes of UTF-8, two UTF-16 units, one code point: what is counted wrongly shows. */
const ASTRAL = "\u{1d538}";

const REFUSED: Readonly<Record<string, Partial<Message>>> = {
  "an empty message_id": { message_id: "" },
  "a message_id of 257 code points": { message_id: "x".repeat(257) },
  "an empty from": { from: "" },
  "a from of 129 code points": { from: ASTRAL.repeat(129) },
  "an empty to": { to: "" },
  "a to of 129 code points": { to: "x".repeat(129) },
  "a text of 4097 code points": { text: ASTRAL.repeat(4097) },
  "a ts that is no date-time": { ts: "yesterday" },
  "an empty ts": { ts: "" },
  "a ts that names no real day": { ts: "2025-02-29T00:00:00Z" },
  "a ts of hour 24": { ts: "2025-01-15T24:00:00Z" },
  "a ts that is not in UTC": { ts: "2025-01-15T10:00:00+05:30" },
};

const STRINGS: readonly string[] = [
  "emoji 👩‍👩‍👧‍👦 🇮🇳 ☺️",
  "composed \u00e9 and not e\u0301",
  "مرحبا \u202eبالعالم\u202c שלום",
  `'single' "double" \`back\` \\slash; --comment`,
  "new\nline\r\ntab\tnbsp\u00a0 line\u2028separator",
  "\u0001\u001f\u007f\u0085",
  "\ufeffmark\uffff\ufffe\ufffd\u{10ffff}",
  "%_*?[a-z] $1 :name @p {} NULL",
  "  spaces around  ",
  "",
  ASTRAL.repeat(4096),
];

function cut(text: string, codePoints: number): string {
  return Array.from(text).slice(0, codePoints).join("");
}

export function limitPromises(create: CreateDatabase): void {
  test("the longest of everything is held and found: limits count code points", async (t) => {
    const store = await openEmpty(t, create);
    const longest = sampleMessage({
      message_id: ASTRAL.repeat(256),
      from: ASTRAL.repeat(128),
      to: "\u{1d539}".repeat(128),
      text: ASTRAL.repeat(4096),
    });
    assert.deepEqual(await store.append([longest, longest]), ["created", "duplicate"]);
    assert.deepEqual(await store.get(longest.message_id), longest);
    const { data } = await store.find(
      { from: longest.from, to: longest.to, q: ASTRAL.repeat(256) },
      EVERYTHING,
    );
    assert.deepEqual(data, [longest]);
  });

  for (const [what, members] of Object.entries(REFUSED)) {
    test(`${what} is refused alone: its neighbours are stored, and nothing of it is left`, async (t) => {
      const database = await create(t);
      const store = await database.open();
      const bad = sampleMessage({ message_id: "bad", ...members });
      const neighbours = [sampleMessage({ message_id: "a" }), sampleMessage({ message_id: "z" })];
      const [before, after] = neighbours as [Message, Message];
      assert.deepEqual(await store.append([before, bad, after]), ["created", "refused", "created"]);
      assert.deepEqual(await allOf(store), neighbours);
      assert.equal(await store.get(bad.message_id), null);
      const { total_messages, unique_senders } = await store.stats();
      assert.deepEqual([total_messages, unique_senders], [2, 1]);
      assert.deepEqual(await database.conflicts(), []);
    });
  }

  test("a batch of refused messages only is answered so", async (t) => {
    const store = await openEmpty(t, create);
    const batch = Object.values(REFUSED).map((members) => sampleMessage(members));
    assert.deepEqual(
      await store.append(batch),
      batch.map(() => "refused"),
    );
    assert.deepEqual(await allOf(store), []);
  });

  test("the id of a refused message is still new", async (t) => {
    const store = await openEmpty(t, create);
    const bad = sampleMessage({ ts: "yesterday" });
    assert.deepEqual(await store.append([bad, sampleMessage(), bad, sampleMessage()]), [
      "refused",
      "created",
      "refused",
      "duplicate",
    ]);
  });

  test("a message that breaks a limit is refused also when its id is known, and is no conflict", async (t) => {
    const database = await create(t);
    const store = await database.open();
    await store.append([sampleMessage()]);
    assert.deepEqual(await store.append([sampleMessage({ text: "x".repeat(4097) })]), ["refused"]);
    assert.deepEqual(await store.get("m1"), sampleMessage());
    assert.deepEqual(await database.conflicts(), []);
  });

  test("senders and recipients are opaque: held as they are, and told apart exactly", async (t) => {
    const store = await openEmpty(t, create);
    const parties = [
      "+919876543210",
      "919876543210",
      "whatsapp:+919876543210",
      "WhatsApp:+919876543210",
      "VM-HDFCBK",
      "vm-hdfcbk",
      "Jos\u00e9",
      "Jose\u0301",
      " padded ",
      "padded",
      "%",
      "_",
      "'; DROP TABLE messages; --",
      "🏦".repeat(128),
      "🏦".repeat(127),
    ];
    const batch = parties.map((party, index) =>
      sampleMessage({ message_id: String(index + 10), from: party, to: parties.at(-1 - index) ?? "" }),
    );
    await store.append(batch);
    assert.deepEqual(await allOf(store), batch);
    for (const [index, party] of parties.entries()) {
      assert.deepEqual(await idsOf(store.find({ from: party }, EVERYTHING)), [String(index + 10)], party);
      const toIt = await idsOf(store.find({ to: party }, EVERYTHING));
      assert.deepEqual(toIt, [String(parties.length - 1 - index + 10)], party);
    }
    assert.equal((await store.stats()).unique_senders, parties.length);
  });

  test("strings of every kind come back as they were sent", async (t) => {
    const store = await openEmpty(t, create);
    const batch = STRINGS.map((text, index) =>
      sampleMessage({
        message_id: `${index}${cut(text, 200)}`,
        from: cut(text, 128) || "x",
        text,
      }),
    );
    assert.deepEqual(new Set(await store.append(batch)), new Set(["created"]));
    for (const message of batch) assert.deepEqual(await store.get(message.message_id), message);
  });

  test("any string of code points comes back as it was sent", async (t) => {
    const store = await openEmpty(t, create);
    // U+0000 is kept out by every parser: PostgreSQL cannot hold it.
    const any = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
      fc.string({ unit: "binary", minLength, maxLength }).map((some) => some.replaceAll("\0", "\u0001"));
    const member = { from: any(1, 128), to: any(1, 128), text: any(0, 500), message_id: any(1, 200) };
    let batches = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record(member), { minLength: 1, maxLength: 20 }), async (members) => {
        batches += 1;
        const batch = members.map((some, index) =>
          sampleMessage({ ...some, message_id: `${batches} ${index} ${some.message_id}` }),
        );
        assert.deepEqual(new Set(await store.append(batch)), new Set(["created"]));
        for (const message of batch) assert.deepEqual(await store.get(message.message_id), message);
      }),
      { numRuns: 30 },
    );
  });
}
