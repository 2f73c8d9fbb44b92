/** That the proofs can fail: what looks for erased messages finds one that is still there, and one that is gone unasked. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Message } from "../src/message.ts";
import { ProofLoad } from "./prove/load.ts";
import { bytesLeft, marksInFolder } from "./prove/marks.ts";
import { readStore } from "./prove/read-store.ts";
import { assertWhole } from "./prove/recount.ts";
import { ENGINES } from "./support/engines.ts";
import { post, request } from "./support/client.ts";
import { startProgram } from "./support/program.ts";
import { type Random, seededRandom } from "./support/random.ts";
import { startTestService } from "./support/service.ts";
import { tempFolder } from "./support/temp.ts";

const CONNECTIONS = 4;
const MESSAGES = 40;

async function loaded(url: string, random: Random): Promise<ProofLoad> {
  const load = new ProofLoad(random);
  await load.run(url, CONNECTIONS, () => load.acknowledged.size >= MESSAGES);
  return load;
}

/** As if a receipt had come for it. */
function takeForErased({ erasures }: ProofLoad, id: string): void {
  erasures.askedNanos.set(id, 1n);
  erasures.erasedNanos.set(id, 1n);
}

for (const { name, locate } of ENGINES) {
  const started = async (t: TestContext): Promise<{ url: string; load: ProofLoad; random: Random }> => {
    const random = seededRandom(t, "PROVE_SEED");
    const { url } = await startTestService(t, { store: await locate(t) });
    return { url, load: await loaded(url, random), random };
  };

  test(`${name}: a message that is there behind its receipt is found`, async (t) => {
    const { url, load, random } = await started(t);
    await assertWhole(url, load, random);
    takeForErased(load, random.pick([...load.acknowledged]));
    await assert.rejects(assertWhole(url, load, random), /erased and still there/);
  });

  test(`${name}: a message that is gone, and nobody erased, is found; so is one that the receipt of another took`, async (t) => {
    const { url, load, random } = await started(t);
    const [one, other] = [...load.acknowledged];
    assert.ok(one !== undefined && other !== undefined);
    assert.equal(await load.erase(url, { message_id: one }), 200);
    await assertWhole(url, load, random);
    assert.equal((await request(`${url}/messages/${other}`, { method: "DELETE" })).status, 200);
    await assert.rejects(assertWhole(url, load, random), /acknowledged and not there/);
    assert.equal(await load.erase(url, { message_id: other }), 404);
    assert.match(load.erasures.broken.join(), new RegExp(`${other} of 1 was answered with 404`));
  });

  test(`${name}: a late arrival that is stored is found`, async (t) => {
    const { url, load, random } = await started(t);
    const [id] = load.acknowledged;
    assert.ok(id !== undefined);
    const message = load.sent.get(id) as Message;
    const unknown = { ...message, message_id: "proof-never-stored." };
    load.sent.set(unknown.message_id, unknown);
    takeForErased(load, unknown.message_id);
    await assert.rejects(assertWhole(url, load, random), /sent again behind its erasure/);
    assert.equal((await post(url, unknown)).status, 200);
  });
}

test("in what a crash left, an erased message is found that is in the store, and its bytes in a file", async (t) => {
  const folder = tempFolder(t);
  const program = await startProgram(t, { cwd: folder });
  const load = await loaded(program.url, seededRandom(t, "PROVE_SEED"));
  await program.stop("SIGKILL");
  const path = join(folder, "data", "app.db");
  const [id, ...must] = load.acknowledged;
  assert.ok(id !== undefined);
  assert.deepEqual(
    bytesLeft(marksInFolder(dirname(path)), [id]).map((words) => words.startsWith(`${id} in app.db`)),
    [true],
  );
  const { sent } = load;
  assert.equal(await readStore(path, { must, gone: [], sent }), null);
  assert.match((await readStore(path, { must, gone: [id], sent })) ?? "", /erased and still there/);
});
