/** Whatever is written comes back as it was, wherever the stream is cut into chunks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import type { Message } from "../src/message.ts";
import { FORMATS } from "../src/transfer/format.ts";
import { importBatches } from "../src/transfer/import.ts";
import { BEGINNING, type RawRecord, recordsOf } from "../src/transfer/records.ts";
import * as arbitrary from "./support/arbitrary.ts";
import { anySeed } from "./support/random.ts";

const RUNS = Number(process.env["TRANSFER_RUNS"] ?? 300);
const seed = Number(process.env["TRANSFER_SEED"] ?? anySeed());

/** What means something to CSV, to JSON or to who splits lines. */
const NASTY = [
  ",",
  '"',
  '""',
  "\r\n",
  "\n",
  "\r",
  "=1+1",
  "\u2028\u2029\u0085",
  "\uFEFF",
  "'",
  "\\n",
  "\t",
  "\u0001\u007f",
  " ",
];
const nastyText = fc.oneof(
  arbitrary.text,
  fc.array(fc.constantFrom(...NASTY), { maxLength: 6 }).map((parts) => parts.join("")),
);
const party = fc.oneof(
  fc.constantFrom("+1", 'WhatsApp: "Acme, Inc."', "a\nb", "😀".repeat(128)),
  fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .map((some) => some.replaceAll("\0", "") || "x"),
);
const messages = fc.array(
  fc
    .tuple(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
      party,
      party,
      nastyText,
      fc.constantFrom(...arbitrary.INSTANTS),
    )
    .map(([id, from, to, text, ts]): Message => ({
      message_id: id.replaceAll("\0", "") || "x",
      from,
      to,
      ts,
      text,
    })),
  { maxLength: 8 },
);

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield Promise.resolve(bytes.subarray(at, (at += size))) as unknown as Buffer;
  }
}

for (const format of Object.values(FORMATS)) {
  test(`${format.name}: messages come back as they were, however the file is cut (seed ${seed})`, async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(messages, sizes, async (written, chunkSizes) => {
        const bytes = Buffer.from(format.header + written.map(format.write).join(""));
        const source = { chunks: cut(bytes, chunkSizes), start: BEGINNING, header: null };
        const read: Message[] = [];
        for await (const batch of importBatches(source, format)) {
          assert.deepEqual(batch.refused, []);
          assert.equal(batch.end.offset, bytes.length);
          read.push(...batch.messages);
        }
        assert.deepEqual(read, written);
      }),
      { seed, numRuns: RUNS },
    );
  });
}

test(`csv: another program reads the same fields (seed ${seed})`, () => {
  fc.assert(
    fc.property(messages, (written) => {
      const text = FORMATS.csv.header + written.map(FORMATS.csv.write).join("");
      const rows: unknown = parse(text, {
        columns: true,
        record_delimiter: "\r\n",
        cast: (value, { quoting, header }) => (quoting || header ? value : null),
      });
      assert.deepEqual(JSON.parse(JSON.stringify(rows)), JSON.parse(JSON.stringify(written.map(inOrder))));
    }),
    { seed, numRuns: RUNS },
  );
});

test("an empty field is null, and two double quotes the empty text", () => {
  const message = { message_id: "1", from: "+1", to: "+2", ts: "2025-01-15T10:00:00Z" };
  assert.equal(FORMATS.csv.write({ ...message, text: null }), '"1","+1","+2","2025-01-15T10:00:00Z",\r\n');
  assert.equal(FORMATS.csv.write({ ...message, text: "" }), '"1","+1","+2","2025-01-15T10:00:00Z",""\r\n');
  const read = FORMATS.csv.reading(Buffer.from("\uFEFFtext,ts,to,from,message_id,more"));
  assert.deepEqual(read(Buffer.from('"",2025-01-15T10:00:00Z,+2,+1,1,x')), { ...message, text: "" });
  assert.deepEqual(read(Buffer.from(",2025-01-15T10:00:00Z,+2,+1,1,")), { ...message, text: null });
});

test("records know their lines and where they end, with either end of a line, and what has none", async () => {
  const bytes = Buffer.from('a,"x\n\ny"\r\n\nb\r\n"c\n');
  const found: RawRecord[] = [];
  for await (const some of recordsOf(cut(bytes, [3]), true)) found.push(...some);
  assert.deepEqual(
    found.map(({ bytes: record, line, end, isEnded }) => [record.toString(), line, end, isEnded]),
    [
      ['a,"x\n\ny"', 1, 10, true],
      ["", 4, 11, true],
      ["b", 5, 14, true],
      ['"c\n', 6, 17, false],
    ],
  );
});

test("what is no CSV is told, without its text", () => {
  const read = FORMATS.csv.reading(Buffer.from("message_id,from,to,ts,text"));
  for (const [record, words] of [
    ['1,+1,+2,2025-01-15T10:00:00Z,"secret', /has a double quote that is not closed/],
    ['1,+1,+2,2025-01-15T10:00:00Z,"secret"x', /goes on behind a closing double quote/],
    ['1,+1,+2,2025-01-15T10:00:00Z,sec"ret', /has a double quote in a field that is not quoted/],
    ["1,+1,+2,2025-01-15T10:00:00Z", /has 4 fields, and the header 5/],
    [",+1,+2,2025-01-15T10:00:00Z,secret", /message_id: must be a string/],
    ["1,+1,+2,yesterday,secret", /ts: must be an RFC 3339/],
    ["1,+1,+2,2025-01-15T10:00:00Z,secret\0", /text: holds U\+0000/],
  ] as const) {
    assert.throws(
      () => read(Buffer.from(record)),
      (error: Error) => words.test(error.message) && !error.message.includes("sec"),
      record,
    );
  }
  for (const [header, words] of [
    ["message_id,from,to,text", /names no column ts/],
    ["message_id,from,to,ts,text,text", /names a column twice/],
  ] as const)
    assert.throws(() => FORMATS.csv.reading(Buffer.from(header)), words);
});

test("a record that is longer than any message ends the reading, by its line", async () => {
  const endless = (async function* () {
    for (let chunk = 0; chunk < 10; chunk += 1)
      yield Promise.resolve(Buffer.alloc(64 * 1024, "x")) as unknown as Buffer;
  })();
  await assert.rejects(async () => {
    await recordsOf(endless, true).next();
  }, /line 1: what begins here is longer than 131072 bytes, and no message is: is a double quote left open\?/);
});

function inOrder({ message_id, from, to, ts, text }: Message): Message {
  return { message_id, from, to, ts, text };
}
