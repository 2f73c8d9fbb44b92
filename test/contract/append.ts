import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Message } from "../../src/message.ts";
import { isSameContent } from "../support/model.ts";
import { sampleMessage } from "../support/sample.ts";
import { allOf, type CreateDatabase, openEmpty } from "./database.ts";

const OTHER_CONTENT: Partial<Message> = {
  from: "+15550001111",
  to: "+15550002222",
  ts: "2025-01-15T10:00:01Z",
  text: "Goodbye",
};

function hashOf({ from, to, ts, text }: Message): string {
  return createHash("sha256")
    .update(JSON.stringify([from, to, ts, text]))
    .digest("hex");
}

export function appendPromises(create: CreateDatabase): void {
  test("a new message is created and comes back as it was sent", async (t) => {
    const store = await openEmpty(t, create);
    assert.deepEqual(await store.append([sampleMessage()]), ["created"]);
    assert.deepEqual(await store.get("m1"), sampleMessage());
    assert.equal(await store.get("m2"), null);
  });

  test("the same message again is a duplicate, and is there once", async (t) => {
    const store = await openEmpty(t, create);
    await store.append([sampleMessage()]);
    assert.deepEqual(await store.append([sampleMessage()]), ["duplicate"]);
    assert.deepEqual(await allOf(store), [sampleMessage()]);
  });

  for (const [member, value] of Object.entries(OTHER_CONTENT)) {
    test(`the same id with another ${member} is a conflict, and the first stays`, async (t) => {
      const store = await openEmpty(t, create);
      await store.append([sampleMessage()]);
      assert.deepEqual(await store.append([sampleMessage({ [member]: value })]), ["conflict"]);
      assert.deepEqual(await allOf(store), [sampleMessage()]);
      assert.deepEqual(await store.append([sampleMessage()]), ["duplicate"]);
    });
  }

  test("content is compared as it was sent: no spelling equals another", async (t) => {
    const store = await openEmpty(t, create);
    const pairs: [Partial<Message>, Partial<Message>][] = [
      [{ ts: "2025-01-15T10:00:00Z" }, { ts: "2025-01-15T10:00:00.0Z" }],
      [{ text: null }, { text: "" }],
      [{ text: "" }, { text: null }],
      [{ text: "caf\u00e9" }, { text: "cafe\u0301" }],
      [{ text: "Hello" }, { text: "hello" }],
      [{ text: "a" }, { text: "a " }],
      [{ from: "WhatsApp" }, { from: "whatsapp" }],
    ];
    const batch = pairs.flatMap(([first, later], index) => [
      sampleMessage({ ...first, message_id: `m${index}` }),
      sampleMessage({ ...later, message_id: `m${index}` }),
    ]);
    assert.deepEqual(
      await store.append(batch),
      pairs.flatMap(() => ["created", "conflict"]),
    );
  });

  test("ids are compared by bytes: none that only resembles another is the same", async (t) => {
    const store = await openEmpty(t, create);
    const ids = ["a", "A", "a ", " a", "\u00e9", "e\u0301", "1", "01", "%61", "\u00df", "ss", "\u0131", "i"];
    const batch = ids.map((message_id) => sampleMessage({ message_id, text: `the text of ${message_id}` }));
    assert.deepEqual(
      await store.append(batch),
      ids.map(() => "created"),
    );
    for (const message of batch) assert.deepEqual(await store.get(message.message_id), message);
  });

  test("of one id many times in a batch the first stays, and each later one is told what it is", async (t) => {
    const store = await openEmpty(t, create);
    const other = sampleMessage({ text: "other" });
    const batch = [
      sampleMessage(),
      sampleMessage(),
      other,
      sampleMessage(),
      other,
      sampleMessage({ message_id: "m2" }),
    ];
    assert.deepEqual(await store.append(batch), [
      "created",
      "duplicate",
      "conflict",
      "duplicate",
      "conflict",
      "created",
    ]);
    assert.deepEqual(await store.get("m1"), sampleMessage());
  });

  test("results come in the order given, whatever the order of the ids", async (t) => {
    const store = await openEmpty(t, create);
    await store.append([sampleMessage({ message_id: "5" }), sampleMessage({ message_id: "2" })]);
    const batch = [
      sampleMessage({ message_id: "9" }),
      sampleMessage({ message_id: "5", text: "other" }),
      sampleMessage({ message_id: "1" }),
      sampleMessage({ message_id: "2" }),
      sampleMessage({ message_id: "3" }),
      sampleMessage({ message_id: "9" }),
    ];
    assert.deepEqual(await store.append(batch), [
      "created",
      "conflict",
      "created",
      "duplicate",
      "created",
      "duplicate",
    ]);
  });

  test("an empty batch has no results", async (t) => {
    const store = await openEmpty(t, create);
    assert.deepEqual(await store.append([]), []);
    assert.deepEqual(await allOf(store), []);
  });

  test("a batch of thousands is stored whole, and known as a whole when sent again", async (t) => {
    const store = await openEmpty(t, create);
    const batch = Array.from({ length: 5000 }, (_, index) => sampleMessage({ message_id: `m${index}` }));
    assert.deepEqual(new Set(await store.append(batch)), new Set(["created"]));
    assert.equal((await store.stats()).total_messages, 5000);
    const again = await store.append(batch.toReversed());
    assert.equal(again.length, 5000);
    assert.deepEqual(new Set(again), new Set(["duplicate"]));
  });

  test("of many appends of one id at once exactly one is created, and the others are judged by it", async (t) => {
    const store = await openEmpty(t, create);
    const sent = Array.from({ length: 60 }, (_, index) => sampleMessage({ text: `content ${index % 3}` }));
    const results = (await Promise.all(sent.map((message) => store.append([message])))).flat();
    const first = await store.get("m1");
    assert.ok(first !== null);
    assert.equal(results.filter((result) => result === "created").length, 1);
    results.forEach((result, index) => {
      const isSame = isSameContent(sent[index] as Message, first);
      assert.ok(isSame ? result !== "conflict" : result === "conflict", `${result} for append ${index}`);
    });
    assert.deepEqual(await allOf(store), [first]);
  });

  test("of many overlapping batches at once each id is created once", async (t) => {
    const store = await openEmpty(t, create);
    const ids = Array.from({ length: 40 }, (_, index) => `m${index}`);
    // In opposite orders, as two processes might send them: an engine that locks rows must not deadlock.
    const batches = Array.from({ length: 12 }, (_, index) => {
      const batch = ids.map((message_id) => sampleMessage({ message_id }));
      return index % 2 === 0 ? batch : batch.toReversed();
    });
    const results = (await Promise.all(batches.map((batch) => store.append(batch)))).flat();
    assert.equal(results.filter((result) => result === "created").length, ids.length);
    assert.equal(results.filter((result) => result === "duplicate").length, ids.length * 11);
    assert.equal((await store.stats()).total_messages, ids.length);
  });

  test("a conflict is kept: both hashes, what differs, when first and last, how many times", async (t) => {
    const database = await create(t);
    let nowMs = 1_000;
    const store = await database.open(() => nowMs);
    const first = sampleMessage();
    const later = sampleMessage({ from: "+1", text: null });
    const another = sampleMessage({ ts: "2025-01-15T10:00:00.0Z" });
    await store.append([first, first]);
    assert.deepEqual(await database.conflicts(), []);
    await store.append([later]);
    nowMs = 2_000;
    await store.append([later, another, later]);
    await store.close();

    const kept = await database.conflicts();
    const times = { message_id: "m1", first: hashOf(first), lastMs: 2_000 };
    assert.deepEqual(
      kept.toSorted((a, b) => b.times - a.times),
      [
        { ...times, later: hashOf(later), differs: ["from", "text"], firstMs: 1_000, times: 3 },
        { ...times, later: hashOf(another), differs: ["ts"], firstMs: 2_000, times: 1 },
      ],
    );
  });
}
