/** How the program stops: nothing that was acknowledged is lost, and nobody can keep it from stopping. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { DRAIN_MS_MAX } from "../src/main.ts";
import type { Message } from "../src/message.ts";
import { MESSAGE_COLUMNS, messageOf } from "../src/store/sqlite/row.ts";
import { post, request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { type RunningProgram, runProgram, startProgram } from "./support/program.ts";
import { seededRandom } from "./support/random.ts";
import { openRaw, type RawConnection, rawHead, rawPost } from "./support/raw.ts";
import { sampleMessage } from "./support/sample.ts";
import { assertKept, Load } from "./support/sender.ts";
import { readRows } from "./support/sqlite.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** What a stop may take besides: a last commit, and a machine that is busy. */
const MARGIN_MS = 10_000;

function stored(cwd: string): Message[] {
  const path = join(cwd, "data", "app.db");
  return readRows(path, `SELECT ${MESSAGE_COLUMNS} FROM messages`).map(messageOf);
}

/** A post of which half is sent; `rest` sends the other half. */
async function beginPost(
  t: TestContext,
  url: string,
  message_id: string,
): Promise<{ connection: RawConnection; rest: () => Promise<void> }> {
  const bytes = rawPost(sampleMessage({ message_id }));
  const connection = await openRaw(t, url);
  const middle = bytes.length - 20;
  await connection.send(bytes.subarray(0, middle));
  return { connection, rest: () => connection.send(bytes.subarray(middle)) };
}

/** Until the program has begun to stop, which its log tells. */
async function stopping(program: RunningProgram, signal: NodeJS.Signals): Promise<void> {
  // An answer of later than what was half sent tells that the program has seen that, too.
  assert.equal((await request(`${program.url}/health/live`)).status, 200);
  program.child.kill(signal);
  await until("it says that it stops", () => program.stdout().includes('"message":"stopping"'));
}

async function refusesConnections(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const [error] = (await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(
    (error: unknown) => [error],
  )) as unknown[];
  socket.destroy();
  return (error as { code?: string } | undefined)?.code === "ECONNREFUSED";
}

for (const signal of SIGNALS) {
  test(`${signal} under load ends with code 0, and all that was acknowledged is in the file`, async (t) => {
    const cwd = tempFolder(t);
    const program = await startProgram(t, { cwd });
    const load = new Load(seededRandom(t, "DRAIN_SEED"));
    const loading = load.run(program.url, 16);
    await until("the load is on", () => load.acknowledged.size > 200);
    assert.equal(await program.stop(signal), 0, program.stderr());
    await loading;
    assert.match(program.stdout(), /"message":"stopped"\}\n$/);
    assert.ok(!existsSync(join(cwd, "data", "app.db-wal")), "the store was closed");
    assertKept(stored(cwd), load);
    assert.doesNotMatch(program.stdout(), /"level":"(?:error|fatal)"/);
  });

  test(`${signal} lets requests that were begun finish, each on its own, and takes no new ones`, async (t) => {
    const cwd = tempFolder(t);
    const program = await startProgram(t, { cwd });
    const first = await beginPost(t, program.url, "first");
    const second = await beginPost(t, program.url, "second");
    await stopping(program, signal);
    // It says that it stops, and then does: on a busy machine a connection may come between.
    await eventually(
      "it takes no new ones",
      async () => (await refusesConnections(program.url)) || undefined,
    );

    await first.rest();
    assert.equal((await first.connection.answer()).status, 200);
    // Once answered it is closed: were it kept open, it would hold up the stop until the second is cut off as well.
    await first.connection.closed;
    await second.rest();
    assert.equal((await second.connection.answer()).status, 200);
    await once(program.child, "close");
    assert.equal(program.child.exitCode, 0);
    assert.deepEqual(
      stored(cwd).map(({ message_id }) => message_id),
      ["first", "second"],
    );
  });
}

for (const [kind, bytes] of Object.entries({ idle: rawHead("GET /health/live"), silent: "" })) {
  test(`a connection that is ${kind} when the program is told to stop does not hold it up`, async (t) => {
    const program = await startProgram(t, { cwd: tempFolder(t) });
    const connection = await openRaw(t, program.url);
    await connection.send(bytes);
    if (bytes !== "") assert.equal((await connection.answer()).status, 200);
    const begun = await beginPost(t, program.url, "begun");
    await stopping(program, "SIGTERM");
    // While another request still holds it up: it is not merely cut off at the very end.
    await connection.closed;
    await begun.rest();
    assert.equal((await begun.connection.answer()).status, 200);
    await once(program.child, "close");
    assert.equal(program.child.exitCode, 0);
  });
}

test(
  "a sender that never finishes its request cannot keep the program from stopping",
  { timeout: DRAIN_MS_MAX + MARGIN_MS },
  async (t) => {
    const cwd = tempFolder(t);
    const program = await startProgram(t, { cwd });
    assert.equal((await post(program.url, sampleMessage())).status, 200);
    const halves = await Promise.all(["a", "b"].map((id) => beginPost(t, program.url, id)));
    const head = await openRaw(t, program.url);
    await head.send("POST /webhook HTTP/1.1\r\nX-Sig");
    await stopping(program, "SIGTERM");
    await once(program.child, "close");
    assert.equal(program.child.exitCode, 0);
    for (const { connection } of halves) {
      await connection.closed;
      assert.doesNotMatch(connection.rest(), /^HTTP\/1\.1 2/);
    }
    assert.deepEqual(stored(cwd), [sampleMessage()]);
  },
);

for (const again of SIGNALS) {
  test(`a second signal, ${again}, ends a stop that waits at once; what was acknowledged is there`, async (t) => {
    const cwd = tempFolder(t);
    const program = await startProgram(t, { cwd });
    assert.equal((await post(program.url, sampleMessage())).status, 200);
    await beginPost(t, program.url, "begun");
    await stopping(program, "SIGTERM");
    await program.stop(again);
    assert.equal(program.child.signalCode, again);
    const { url } = await startProgram(t, { cwd });
    const list = await request(`${url}/messages`);
    assert.deepEqual((list.json as { data: unknown }).data, [sampleMessage()]);
  });
}

test("a port that is taken ends the start with code 2 and a line that says so", async (t) => {
  const cwd = tempFolder(t);
  const { port } = new URL((await startProgram(t, { cwd })).url);
  const env = { PORT: port, DATABASE_URL: "sqlite:///other.db" };
  const second = await runProgram(["serve"], { cwd, env });
  assert.equal(second.code, 2);
  assert.equal(
    second.stderr,
    `lyftr: cannot listen on 127.0.0.1:${port}: another program listens there; set PORT\n`,
  );
  // Its file is free again, and whole.
  const third = await startProgram(t, { cwd, env: { ...env, PORT: "0" } });
  assert.equal(await third.stop("SIGTERM"), 0);
});
