/** The stream of the real program: killed, several of it on one database, restored. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Message } from "../src/message.ts";
import { post } from "./support/client.ts";
import { backUp, restore } from "./support/backup.ts";
import { ENGINES } from "./support/engines.ts";
import { INBOXES } from "./support/migrate.ts";
import { createPostgresDatabase } from "./support/postgres.ts";
import { type RunningProgram, startProgram } from "./support/program.ts";
import { seededRandom } from "./support/random.ts";
import { sampleMessage } from "./support/sample.ts";
import { assertKept, Load } from "./support/sender.ts";
import { openStream } from "./support/stream.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

const KILLS = 4;
const CONNECTIONS = 8;

function start(t: TestContext, cwd: string, url: string): Promise<RunningProgram> {
  return startProgram(t, { cwd, env: { DATABASE_URL: url } });
}

for (const { name, locate } of ENGINES) {
  test(`${name}: killed under load again and again, who resumes has each acknowledged message once`, async (t) => {
    const cwd = tempFolder(t);
    const location = await locate(t);
    const url = location.engine === "sqlite" ? `sqlite:///${location.path}` : location.url;
    const load = new Load(seededRandom(t, "STREAM_KILL_SEED"));
    const seen: Message[] = [];
    let lastId: string | undefined;
    for (let kill = 0; kill <= KILLS; kill += 1) {
      const program = await start(t, cwd, url);
      const stream = await openStream(t, program.url, { lastId });
      const acknowledged = load.acknowledged.size;
      const loading = load.run(program.url, CONNECTIONS);
      await until("some are acknowledged", () => load.acknowledged.size > acknowledged + 100);
      await until("some are told", () => stream.messages().length > 20);
      if (kill < KILLS) await program.stop("SIGKILL");
      else await program.stop("SIGTERM");
      await Promise.all([loading, stream.ended]);
      seen.push(...stream.messages());
      lastId = stream.lastId();
    }
    const last = await start(t, cwd, url);
    const rest = await openStream(t, last.url, { lastId });
    await until("all that was acknowledged", () => {
      const ids = new Set([...seen, ...rest.messages()].map(({ message_id }) => message_id));
      return [...load.acknowledged].every((id) => ids.has(id));
    });
    assertKept([...seen, ...rest.messages()], load);
  });
}

for (const [name, inbox] of Object.entries(INBOXES)) {
  test(`${name}: after a restore, an id of before is told by reset, and new messages come`, async (t) => {
    const [source, target] = [await inbox(t), await inbox(t)];
    const cwd = tempFolder(t);
    const before = await start(t, cwd, source.url);
    const stream = await openStream(t, before.url);
    await post(before.url, sampleMessage({ message_id: "kept" }));
    await stream.reached(1);
    const folder = await backUp(t, source.url);
    await post(before.url, sampleMessage({ message_id: "lost" }));
    await stream.reached(2);
    await before.stop("SIGTERM");
    await restore(t, folder, target.url);

    const after = await start(t, cwd, target.url);
    const resumed = await openStream(t, after.url, { lastId: stream.lastId() });
    assert.equal(resumed.events[1]?.event, "reset");
    assert.match(
      resumed.events[1]?.data ?? "",
      /of another inbox, or of the time before this one was restored/,
    );
    await post(after.url, sampleMessage({ message_id: "new" }));
    const told = await resumed.reached(1);
    assert.deepEqual(
      told.map(({ message_id }) => message_id),
      ["new"],
    );
    await target.assertExact();
  });
}

test("of two processes on one PostgreSQL, either tells what both take, and an id of one is good at the other", async (t) => {
  const { url } = await createPostgresDatabase(t);
  const cwd = tempFolder(t);
  const programs = [await start(t, cwd, url), await start(t, cwd, url)] as const;
  const [one, other] = programs;
  const begin = (await openStream(t, one.url)).lastId();
  const streams = await Promise.all(programs.map((each) => openStream(t, each.url, { lastId: begin })));
  const send = async (index: number): Promise<void> => {
    const program = index % 2 === 0 ? one : other;
    assert.equal((await post(program.url, sampleMessage({ message_id: `m${index}` }))).status, 200);
  };
  await Promise.all(Array.from({ length: 300 }, (_, index) => send(index)));
  const [first = [], second = []] = await Promise.all(streams.map((stream) => stream.reached(300)));
  assert.equal(new Set(first.map(({ message_id }) => message_id)).size, 300);
  assert.deepEqual(second, first);
  const middle = streams[0]?.events.filter(({ event }) => event === "message")[149]?.id;
  const resumed = await openStream(t, other.url, { lastId: middle });
  assert.deepEqual(await resumed.reached(150), first.slice(150));
});
