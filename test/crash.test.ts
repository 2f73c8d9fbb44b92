/**
 * The program is killed under load, again and again on one file: what it acknowledged is there exactly once.
 * CRASH_SEED repeats a run, as far as a race can be repeated; CRASH_ROUNDS asks for more rounds.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import type { Stats } from "../src/message.ts";
import { post, request } from "./support/client.ts";
import { webhookResults } from "./support/figures.ts";
import { walk } from "./support/listing.ts";
import { Model } from "./support/model.ts";
import { type RunningProgram, startProgram } from "./support/program.ts";
import { type Random, seededRandom } from "./support/random.ts";
import { assertKept, Load } from "./support/sender.ts";
import { tempFolder } from "./support/temp.ts";

const ROUNDS = Number(process.env["CRASH_ROUNDS"] ?? 20);
const CONNECTIONS = 8;
const ACKNOWLEDGED_BEFORE_KILL = 60;
/** A commit takes about as long, so the kill may hit any moment of one. */
const MICROSECONDS_BEFORE_KILL = 10_000;
const RESENT = 20;

/** After some acknowledgements, and then within some thousandths of a second, which no event of ours marks. */
async function killUnderLoad(program: RunningProgram, load: Load, random: Random): Promise<void> {
  const countBefore = load.acknowledged.size + random.below(ACKNOWLEDGED_BEFORE_KILL);
  const waited = random.below(MICROSECONDS_BEFORE_KILL) / 1000;
  let killing: Promise<unknown> | undefined;
  load.onAcknowledged = () => {
    if (load.acknowledged.size <= countBefore || killing !== undefined) return;
    killing = new Promise<void>((resolve) => {
      const from = performance.now();
      const look = (): void => void (performance.now() - from < waited ? setImmediate(look) : resolve());
      look();
    }).then(() => program.stop("SIGKILL"));
  };
  await load.run(program.url, CONNECTIONS);
  await killing;
}

/** That the service holds what it should, by every way of asking. */
async function assertWhole(url: string, load: Load, random: Random): Promise<void> {
  const { pages } = await walk(url, "limit=100");
  const listed = pages.flatMap(({ data }) => data);
  assertKept(listed, load);
  for (const { total } of pages) assert.equal(total, listed.length);

  const model = new Model();
  for (const message of listed) model.append(message);
  const stats = (await request(`${url}/stats`)).json as Stats;
  assert.deepEqual(stats, model.stats());
  assert.deepEqual(listed, model.find());

  const acknowledged = [...load.acknowledged];
  const again = Array.from({ length: Math.min(RESENT, acknowledged.length) }, () =>
    random.pick(acknowledged),
  );
  for (const id of again) {
    const message = load.sent.get(id);
    assert.ok(message !== undefined);
    assert.equal((await post(url, message)).status, 200);
    assert.deepEqual((await request(`${url}/messages/${id}`)).json, message);
  }
  assert.deepEqual(await webhookResults(url), again.length > 0 ? { duplicate: again.length } : {});
  assert.deepEqual((await request(`${url}/stats`)).json, stats);
}

function assertSound(t: TestContext, path: string): void {
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
}

test("what was acknowledged before a kill is there after it, exactly once", async (t) => {
  const random = seededRandom(t, "CRASH_SEED");
  const cwd = tempFolder(t);
  const load = new Load(random);
  let program = await startProgram(t, { cwd });
  for (let round = 0; round < ROUNDS; round += 1) {
    await killUnderLoad(program, load, random);
    program = await startProgram(t, { cwd });
    await assertWhole(program.url, load, random);
  }
  await program.stop("SIGKILL");
  assertSound(t, join(cwd, "data", "app.db"));
  t.diagnostic(`${load.acknowledged.size} acknowledged of ${load.sent.size} sent in ${ROUNDS} rounds`);
  assert.ok(load.acknowledged.size > ROUNDS);
});
