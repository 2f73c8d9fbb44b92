/** `lyftr migrate`, the program itself, from a real file to a real server and back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../src/message.ts";
import { allOf } from "./contract/database.ts";
import { eventually } from "./support/eventually.ts";
import {
  fill,
  INBOXES,
  assertDone,
  manyMessages,
  runMigrate,
  startMigrate,
  verdict,
  WAYS,
} from "./support/migrate.ts";
import { sampleMessage } from "./support/sample.ts";

function withText(message: Message, text: string): Message {
  return { ...message, text };
}

/** Far more than what is in flight, and than a SQLite target takes before the first can be seen in it. */
const MANY = 40_000;

for (const [from, to] of WAYS) {
  test(`from ${from} to ${to}: every message, figure, list, search and conflict, and nothing twice`, async (t) => {
    const [source, target] = [await INBOXES[from](t), await INBOXES[to](t)];
    const messages = manyMessages(2_500);
    let nowMs = 1_000;
    const before = await source.open(() => nowMs);
    await fill(before, messages);
    for (const text of ["another", "a third", "another"]) {
      nowMs += 1_000;
      await before.append(messages.slice(0, 3).map((message) => withText(message, text)));
    }
    await before.close();

    const first = await runMigrate(t, source.url, target.url);
    assertDone(first);
    assert.match(first.stdout, /^copied {4}2500 messages, 0 more there already$/m);
    const again = await runMigrate(t, source.url, target.url, "--json");
    assert.equal(again.code, 0, again.stderr);
    const report = JSON.parse(again.stdout) as Record<string, unknown>;
    assert.deepEqual(report["copied"], { created: 0, duplicate: 0, conflict: 0, refused: 0, passes: 1 });
    const [, checksum = ""] = /^source {4}2500 messages, checksum ([0-9a-f]{64})$/m.exec(first.stdout) ?? [];
    assert.deepEqual(report["compared"], {
      agrees: true,
      source: { messages: 2_500, checksum },
      target: { messages: 2_500, checksum, messages_in_all: 2_500 },
      brought: 0,
      differences: [],
      differences_total: 0,
    });
    assert.deepEqual([report["done"], report["source_is_served"], report["conflicts"]], [true, false, 6]);
    assert.doesNotMatch(first.stdout + again.stdout, /only( |%20)for( |%20)tests/, "no password is shown");

    const [old, moved] = [await source.open(), await target.open()];
    assert.deepEqual(await allOf(moved), await allOf(old));
    assert.deepEqual(await moved.stats(), await old.stats());
    const page = { limit: 100, offset: 0, order: "desc" } as const;
    for (const q of ["hello", "привет", "i", "订单", "%_\\", "😀"]) {
      assert.deepEqual(await moved.find({ q }, page), await old.find({ q }, page), q);
    }
    const inOrder = (records: readonly object[]): string[] =>
      records.map((record) => JSON.stringify(record)).toSorted();
    const conflicts = await target.conflicts();
    assert.equal(conflicts.find(({ times }) => times === 2)?.lastMs, 4_000);
    assert.deepEqual(inOrder(conflicts), inOrder(await source.conflicts()));
    await Promise.all([old.close(), moved.close()]);
    await Promise.all([source.assertExact(), target.assertExact()]);
  });

  test(`from ${from} to ${to}: killed in the midst, stopped in the midst, and run again`, async (t) => {
    const [source, target] = [await INBOXES[from](t), await INBOXES[to](t)];
    const store = await source.open();
    await fill(store, manyMessages(MANY));
    await store.close();
    let least = 0;
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      const running = startMigrate(t, source.url, target.url, "--only", "copy");
      await running.begun;
      // A server may have stored what a process that was killed had sent.
      least = await target.count();
      await eventually(
        "something new is in the target",
        async () => (await target.count()) > least || undefined,
      );
      running.stop(signal);
      const { code, stderr } = await running.finished;
      assert.equal(code, signal === "SIGKILL" ? null : 1, stderr);
      if (signal === "SIGINT") assert.match(stderr, /lyftr: stopped by SIGINT; .*the same command goes on/);
      least = await target.count();
    }
    const finished = await runMigrate(t, source.url, target.url);
    assertDone(finished);
    const [, created] = /^copied {4}(\d+) messages/m.exec(finished.stdout) ?? [];
    assert.ok(Number(created) <= MANY - least, `what was there is not brought again: ${finished.stdout}`);
    await target.assertExact();
  });

  test(`from ${from} to ${to}: what is other, missing or hidden by equal counts is told by id, and is not done`, async (t) => {
    const [source, target] = [await INBOXES[from](t), await INBOXES[to](t)];
    const messages = Array.from({ length: 40 }, (_, index) =>
      sampleMessage({ message_id: `m${index}`, text: `a secret ${index}` }),
    );
    const [old, there] = [await source.open(), await target.open()];
    await old.append(messages);
    // Of the same minute and as many, so that the counts say nothing: 12 with another text, 27 equal, and one from elsewhere.
    const others = messages.map((message, index) =>
      index < 12 ? withText(message, "overwritten") : message,
    );
    await there.append([...others.slice(0, 39), sampleMessage({ message_id: "elsewhere" })]);
    await Promise.all([old.close(), there.close()]);

    const looked = await runMigrate(t, source.url, target.url, "--only", "compare");
    assert.equal(looked.code, 1, looked.stderr);
    const told = looked.stdout.split("\n").filter((line) => line.startsWith("DIFFERS"));
    assert.equal(told[0], "DIFFERS   message m0 has another text in the target");
    assert.deepEqual([told.length, told.at(-1)], [11, "DIFFERS   and 3 more"]);
    assert.match(verdict(looked), /^not done: .* differs in 13 messages$/);
    assert.equal(await target.count(), 40, "it only reads");

    const finished = await runMigrate(t, source.url, target.url);
    assert.equal(finished.code, 1, finished.stderr);
    assert.match(finished.stdout, /^brought {3}1 more/m);
    assert.match(finished.stdout, /^beside {4}1 message in the target/m);
    assert.match(verdict(finished), /^not done: .* differs in 12 messages$/);
    assert.doesNotMatch(
      looked.stdout + looked.stderr + finished.stdout + finished.stderr,
      /secret|overwritten/,
    );
    await target.assertExact();
  });
}

for (const [from, to] of WAYS) {
  test(`from ${from} to ${to}: what was erased stays erased, also where it was copied before`, async (t) => {
    const [source, target] = [await INBOXES[from](t), await INBOXES[to](t)];
    const messages = manyMessages(400);
    const [early, late] = [messages[3], messages[5]] as [Message, Message];
    const first = await source.open();
    await fill(first, messages);
    await first.erase({ message_ids: [early.message_id] });
    await first.close();
    assertDone(await runMigrate(t, source.url, target.url));

    const again = await source.open();
    await again.erase({ message_ids: [late.message_id] });
    await again.close();
    const second = await runMigrate(t, source.url, target.url);
    assertDone(second);
    assert.match(second.stdout, /^erased {4}2 ids known as erased, 1 message erased here too$/m);

    const [old, moved] = [await source.open(), await target.open()];
    assert.deepEqual(await allOf(moved), await allOf(old));
    assert.deepEqual(await moved.append([early, late]), ["duplicate", "duplicate"]);
    assert.equal((await moved.stats()).total_messages, 398);
    // Its own ids are hashed with the same key from now on, so the way back is open.
    await moved.erase({ message_ids: [messages[7]?.message_id ?? ""] });
    await Promise.all([old.close(), moved.close()]);
    assertDone(await runMigrate(t, target.url, source.url));
    const back = await source.open();
    assert.equal((await back.stats()).total_messages, 397);
    await back.close();
  });
}
