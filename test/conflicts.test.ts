/** What an operator learns of messages whose id came again with other content. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ConflictsAnswer } from "../src/conflict-schemas.ts";
import { MAIN_SCHEMA } from "../src/store/sqlite/schema.ts";
import type { Message } from "../src/message.ts";
import { type Answer, post, request } from "./support/client.ts";
import { runClient } from "./support/cli.ts";
import { ENGINES } from "./support/engines.ts";
import { assertNames, keep, nextOf } from "./support/listing.ts";
import { PROJECT } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { createSqliteDatabase, readRows } from "./support/sqlite.ts";

const SECRET_TEXT = "SECRET-TEXT";

function hashOf({ from, to, ts, text }: Message): string {
  return createHash("sha256")
    .update(JSON.stringify([from, to, ts, text]))
    .digest("hex");
}

async function conflictsOf(url: string, query = ""): Promise<ConflictsAnswer["data"]> {
  const answer = await request(`${url}/conflicts${query}`);
  assert.equal(answer.status, 200, answer.text);
  return (answer.json as ConflictsAnswer).data;
}

for (const engine of ENGINES) {
  describe(`conflicts with ${engine.name}`, () => {
    test("one is told with when, how often, where it differs and both hashes; never with what it held", async (t) => {
      const { url } = await startTestService(t, { store: await engine.locate(t) });
      assert.deepEqual(await conflictsOf(url), []);
      const before = new Date().toISOString();
      const kept = sampleMessage({ text: SECRET_TEXT });
      const later = sampleMessage({ text: `${SECRET_TEXT} again`, from: "+1" });
      for (const message of [kept, later, kept, later]) await post(url, message);
      const answer = await request(`${url}/conflicts`);
      const { data, ...others } = answer.json as ConflictsAnswer;
      assert.deepEqual(others, {});
      const [{ first_seen, last_seen, ...conflict } = assert.fail("none")] = data;
      assert.deepEqual(conflict, {
        message_id: "m1",
        times: 2,
        differs: ["from", "text"],
        kept_sha256: hashOf(kept),
        refused_sha256: hashOf(later),
      });
      assert.ok(before <= first_seen && first_seen <= last_seen && last_seen <= new Date().toISOString());
      assert.equal(data.length, 1);
      assert.ok(!answer.text.includes(SECRET_TEXT));
    });

    test("pages by cursor lead through all of them, of all messages and of one", async (t) => {
      const { url } = await startTestService(t, { store: await engine.locate(t) });
      const id = "a+b c&d=é/?";
      await keep(url, [{ message_id: id }, { message_id: "other" }]);
      for (let count = 0; count < 7; count += 1) {
        await post(url, sampleMessage({ message_id: count < 5 ? id : "other", text: `later ${count}` }));
      }
      const all = await conflictsOf(url);
      assert.equal(all.length, 7);
      for (const [query, expected] of [
        ["limit=2", all],
        [`limit=2&message_id=${encodeURIComponent(id)}`, all.filter(({ message_id }) => message_id === id)],
        [
          `since=${all[3]?.last_seen}&limit=1`,
          all.filter((each) => each.last_seen >= (all[3]?.last_seen ?? "")),
        ],
      ] as const) {
        const found: ConflictsAnswer["data"] = [];
        for (let next: string | undefined = `${url}/conflicts?${query}`; next !== undefined;) {
          const answer: Answer = await request(next);
          assert.equal(answer.status, 200, answer.text);
          found.push(...(answer.json as ConflictsAnswer).data);
          assert.ok(found.length <= 7, "the links come to an end");
          next = nextOf(url, answer);
        }
        assert.deepEqual(found, expected, query);
      }
    });
  });
}

test("what is wrong with a parameter is told by its name", async (t) => {
  const { url } = await startTestService(t);
  const cursorOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const hash = "0".repeat(64);
  for (const [query, names] of [
    ["limit=0", ["limit"]],
    ["limit=101", ["limit"]],
    ["offset=1", ["offset"]],
    ["since=yesterday", ["since"]],
    [`message_id=${"x".repeat(257)}`, ["message_id"]],
    ["message_id=a&message_id=b", ["message_id"]],
    ["message_id=%00", ["message_id"]],
    ["cursor=", ["cursor"]],
    ["cursor=x&limit=x", ["cursor", "limit"]],
    // Those of another list, and what none can be.
    [`cursor=${cursorOf([1, 2, "m1"])}`, ["cursor"]],
    [`cursor=${cursorOf([1.5, "m1", hash])}`, ["cursor"]],
    [`cursor=${cursorOf([1, "", hash])}`, ["cursor"]],
    [`cursor=${cursorOf([1, "m1", hash.slice(1)])}`, ["cursor"]],
    [`cursor=${cursorOf([1, "m1", hash, 1])}`, ["cursor"]],
    [`cursor=${cursorOf({ length: 3 })}`, ["cursor"]],
  ] as const) {
    assertNames(await request(`${url}/conflicts?${query}`), names, query);
  }
  assert.deepEqual(await conflictsOf(url, `?cursor=${cursorOf([1, "m1", hash])}`), []);
  assert.deepEqual(await conflictsOf(url, "?message_id=&since="), []);
});

test("a token with the role read sees them, and without one nobody does", async (t) => {
  const token = "0123456789abcdef";
  const access = {
    tokens: [{ name: "me", role: "read", token }],
    openTo: "loopback",
    areMetricsOpen: false,
  } as const;
  const { url } = await startTestService(t, { access });
  assert.equal((await request(`${url}/conflicts`)).status, 401);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await request(`${url}/conflicts`, { headers })).status, 200);
});

test("lyftr conflicts shows them as lines, page by page, and as JSON; nothing steers the terminal", async (t) => {
  const { url } = await startTestService(t);
  assert.equal((await runClient(t, url, ["conflicts"])).stdout, "no conflicts here\n");
  const hostile = "id\u001b[31m\u009b\r\nx\u202e";
  await keep(url, [{ message_id: hostile }, { message_id: "m2" }]);
  for (const message_id of [hostile, "m2"]) await post(url, sampleMessage({ message_id, to: "+1" }));

  const shown = await runClient(t, url, ["conflicts"]);
  assert.deepEqual([shown.code, shown.stderr], [0, ""]);
  assert.doesNotMatch(shown.stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.equal(shown.stdout.trimEnd().split("\n").length, 3);
  assert.match(shown.stdout, /^ last seen .*\n .* 1 +m2 +to +[0-9a-f]{12} +[0-9a-f]{12} *\n/);

  const first = await runClient(t, url, ["conflicts", "--limit", "1"]);
  const cursor = /\n\nmore follow: --cursor (\S+)\n$/.exec(first.stdout)?.[1] ?? assert.fail(first.stdout);
  assert.match(first.stdout, /m2/);
  const second = await runClient(t, url, ["conflicts", "--limit", "1", "--cursor", cursor]);
  assert.match(second.stdout, / id x /);
  assert.doesNotMatch(second.stdout, /more follow|m2/);

  const json = await runClient(t, url, ["conflicts", "--json", "--message-id", hostile]);
  assert.deepEqual((JSON.parse(json.stdout) as ConflictsAnswer).data, (await conflictsOf(url)).slice(1));
  assert.doesNotMatch(json.stdout.trimEnd(), /\p{Cc}/u);
  const wrong = await runClient(t, url, ["conflicts", "--since", "now"]);
  assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
  assert.match(wrong.stderr, /422 since/);
});

const INDEXED = ["conflicts_by_time", "conflicts_of_message"];

test("a SQLite file of the schema before is brought to this one, and its conflicts are listed", async (t) => {
  const database = createSqliteDatabase(t);
  const old = new DatabaseSync(database.path);
  old.exec(readFileSync(join(PROJECT, "migrations", "sqlite", "0001_messages.sql"), "utf8"));
  old.exec(`PRAGMA application_id = ${MAIN_SCHEMA.applicationId}; PRAGMA user_version = 1`);
  old.exec("INSERT INTO conflicts VALUES ('m1', zeroblob(32), zeroblob(32), 'text', 5, 7, 3)");
  old.close();
  const store = await database.open();
  const [only] = (await store.conflicts({ limit: 10 })).data;
  assert.deepEqual([only?.message_id, only?.lastMs, only?.times], ["m1", 7, 3]);
  await store.close();
  const indexes = readRows(
    database.path,
    "SELECT name FROM sqlite_schema WHERE name LIKE 'conflicts\\_%' ESCAPE '\\'",
  );
  assert.deepEqual(
    indexes.map(({ name }) => name),
    INDEXED,
  );
  for (const [where, index] of [
    ["TRUE", "conflicts_by_time"],
    ["message_id = 'm1'", "conflicts_of_message"],
  ]) {
    const plan = readRows(
      database.path,
      `EXPLAIN QUERY PLAN SELECT * FROM conflicts WHERE ${where} ORDER BY last_ms DESC, message_id DESC, later_hash DESC LIMIT 2`,
    );
    assert.match(JSON.stringify(plan), new RegExp(`${index}\\b`));
    assert.doesNotMatch(JSON.stringify(plan), /TEMP B-TREE/);
  }
});
