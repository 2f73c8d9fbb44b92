/** How PostgreSQL keeps the ids of erased messages: hashed as every engine does, moved as they are, forgotten in time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Client } from "pg";
import { ERASURE_KEY_BYTES, erasedIdHash, ID_HASH_BYTES } from "../src/store/erased-id.ts";
import {
  erasedBehind,
  erasureKey,
  hashIn,
  keepErased,
  takeErasureKey,
} from "../src/store/postgres/erased-ids.ts";
import { forgetErased } from "../src/store/postgres/forgetting.ts";
import { Queries } from "../src/store/postgres/queries.ts";
import { readSchema } from "../src/store/postgres/schema.ts";
import { holding } from "./contract/places.ts";
import { connect } from "./support/connect.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { sampleMessage } from "./support/sample.ts";

const IDS = 300;
/** The schema that a program knows which does not know of erased ids. */
const BEFORE_ERASURE = 2;

async function keyOf(client: Client): Promise<Buffer> {
  const key = await erasureKey(new Queries(client));
  assert.ok(key !== null);
  return key;
}

/** Without U+0000, which PostgreSQL does not hold. */
const ANY_ID = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 256 })
  .filter((id) => !id.includes("\u0000"));

async function assertHashesAlike(client: Client): Promise<void> {
  const key = await keyOf(client);
  const ids = fc.sample(ANY_ID, IDS);
  const { rows } = await client.query<{ id: string; hash: Buffer }>(
    `SELECT id, ${hashIn("id")} AS hash FROM unnest($1::text[]) AS id`,
    [ids],
  );
  assert.equal(rows.length, IDS);
  for (const { id, hash } of rows) assert.deepEqual(hash, erasedIdHash(key, id), id);
}

test("the server hashes ids as HMAC-SHA256 does, with a key that no other database has", async (t) => {
  const [one, other] = [await createPostgresDatabase(t), await createPostgresDatabase(t)];
  await Promise.all([(await one.open()).close(), (await other.open()).close()]);
  const [client, second] = [await connect(t, one), await connect(t, other)];
  const [key, secondKey] = [await keyOf(client), await keyOf(second)];
  assert.equal(key.length, ERASURE_KEY_BYTES);
  assert.notDeepEqual(key, secondKey);
  await assertHashesAlike(client);
  assert.equal(await takeErasureKey(client, secondKey), true);
  assert.deepEqual(await keyOf(client), secondKey);
  await assertHashesAlike(client);
});

test("what is known of erased ids is read by pages, and holds on the other side", async (t) => {
  const [from, to] = [await createPostgresDatabase(t), await createPostgresDatabase(t)];
  const [source, target] = [await from.open(() => 86_400_000 * 5), await to.open()];
  const messages = Array.from({ length: 25 }, (_, index) => sampleMessage({ message_id: `m${index}` }));
  await holding(source, messages);
  await source.erase({ from: sampleMessage().from });
  const [reader, writer] = [await connect(t, from), await connect(t, to)];
  const key = await keyOf(reader);
  assert.equal(await takeErasureKey(writer, key), true);
  let after: string | null = null;
  for (const expected of [10, 10, 5, 0]) {
    const page = await erasedBehind(new Queries(reader), after, 10);
    assert.equal(page.length, expected);
    for (const { day, hash } of page) {
      assert.equal(day, 5);
      assert.equal(hash.length, 2 * ID_HASH_BYTES);
    }
    await keepErased(writer, page);
    await keepErased(
      writer,
      page.map(({ hash }) => ({ hash, day: 3 })),
    );
    after = page.at(-1)?.hash ?? after;
  }
  assert.deepEqual(
    await erasedBehind(new Queries(writer), null, 100),
    await erasedBehind(new Queries(reader), null, 100),
    "the later day stays",
  );
  assert.deepEqual(new Set(await target.append(messages)), new Set(["duplicate"]));
  assert.equal(await takeErasureKey(writer, key), true, "it has that key");
  assert.equal(
    await takeErasureKey(writer, Buffer.alloc(ERASURE_KEY_BYTES)),
    false,
    "others were hashed with it",
  );
});

test("those that were erased before a day are forgotten, whatever their hash, and no others", async (t) => {
  const database = await createPostgresDatabase(t);
  await (await database.open()).close();
  const client = await connect(t, database);
  const hashes = ["00".repeat(16), "ff".repeat(16), "7f".repeat(16), `80${"00".repeat(15)}`];
  await keepErased(
    client,
    hashes.map((hash) => ({ hash, day: 9 })),
  );
  const kept = { hash: `ff${"00".repeat(15)}`, day: 10 };
  await keepErased(client, [kept]);
  let steps = 0;
  const { version } = readSchema();
  const count = (): void => void (steps += 1);
  await assert.rejects(forgetErased(client, 10, BEFORE_ERASURE, count), /not available/);
  assert.equal((await erasedBehind(new Queries(client), null, 100)).length, 5);
  await forgetErased(client, 10, version, count);
  assert.ok(steps > 200);
  assert.deepEqual(await erasedBehind(new Queries(client), null, 100), [kept]);
});
