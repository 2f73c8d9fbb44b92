/** A process that is killed while it erases: what is left is exact, and asking again erases the rest. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Receipt } from "../src/erasure-schemas.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { runCheck, differing } from "./support/checked.ts";
import { post, request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { list } from "./support/listing.ts";
import { startProgram } from "./support/program.ts";
import { seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";
import { storeOptions } from "./support/store-options.ts";
import { tempFolder } from "./support/temp.ts";

const GONE = 3_000;
const KEPT = 500;
const ROUNDS = 4;
const PERSON = { from: "+4912345678901", text: "☃☄☇ the words of one person" };

test("kill -9 in the midst of an erasure: each start is exact, and the same call once more leaves nothing", async (t) => {
  const random = seededRandom(t, "ERASURE_SEED");
  const folder = tempFolder(t);
  const path = join(folder, "app.db");
  const store = await openSqliteStore(path, storeOptions());
  const gone = Array.from({ length: GONE }, (_, index) =>
    sampleMessage({ ...PERSON, message_id: `gone-${random.below(2 ** 30)}-${index}` }),
  );
  const kept = Array.from({ length: KEPT }, (_, index) => sampleMessage({ message_id: `kept-${index}` }));
  await store.append([...gone, ...kept]);
  await store.close();

  const env = { DATABASE_URL: `sqlite:///${path}` };
  let left = GONE;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const program = await startProgram(t, { cwd: folder, env });
    const { url } = program;
    const wanted = left - 1 - random.below(left / 4);
    const erasing = request(`${url}/messages?from=${PERSON.from}`, { method: "DELETE" }).catch(() => null);
    const reached = await eventually("some to be gone", async () => {
      const { total } = await list(url, { from: PERSON.from });
      return total <= wanted ? total : undefined;
    });
    await program.stop("SIGKILL");
    await erasing;
    assert.deepEqual(differing(await runCheck(path)), [], `round ${round}`);
    left = reached;
    if (left === 0) break;
  }

  const program = await startProgram(t, { cwd: folder, env });
  const { url } = program;
  const { total } = await list(url, { from: PERSON.from });
  assert.ok(total <= left);
  const receipt = (await request(`${url}/messages?from=${PERSON.from}`, { method: "DELETE" }))
    .json as Receipt;
  assert.equal(receipt.messages, total);
  assert.equal((await list(url)).total, KEPT);
  for (const message of [gone[0], gone[GONE - 1]]) assert.equal((await post(url, message ?? {})).status, 200);
  assert.equal((await list(url)).total, KEPT, "a late arrival changes nothing");
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    for (const mark of [PERSON.from, "one person", "☄☇", "gone-"])
      assert.equal(bytes.includes(mark), false, `${name}: ${mark}`);
  }
  await program.stop("SIGTERM");
  assert.deepEqual(differing(await runCheck(path)), []);
});
