/** The secrets are changed while the service runs: edited in `.env`, read at SIGHUP, and no message is refused meanwhile. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { bytesOf, post, signature } from "./support/client.ts";
import { logLinesOf, type RunningProgram, startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

interface Running {
  readonly program: RunningProgram;
  readonly url: string;
  /** Writes `.env`, and has the service read it; resolves with what it logs of that. */
  readonly change: (settings: string) => Promise<Record<string, unknown>>;
  /** The status of a message that is signed with a secret. */
  readonly send: (secret: string) => Promise<number>;
}

async function running(t: TestContext, settings: string): Promise<Running> {
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, ".env"), settings);
  const program = await startProgram(t, { cwd, env: { WEBHOOK_SECRET: undefined } });
  const { url } = program;
  const said = (): Record<string, unknown>[] =>
    logLinesOf(program).filter(({ message }) => /read again/.test(String(message)));
  let sent = 0;
  return {
    program,
    url,
    async change(next) {
      const before = said().length;
      writeFileSync(join(cwd, ".env"), next);
      program.child.kill("SIGHUP");
      await until("it says what it read", () => said().length > before);
      return said().at(-1) ?? {};
    },
    async send(secret) {
      const body = bytesOf(sampleMessage({ message_id: `m${(sent += 1)}` }));
      return (await post(url, body, { "x-signature": signature(body, secret) })).status;
    },
  };
}

test("the secret is changed without one message refused, and the one before is refused in the end", async (t) => {
  const { program, change, send } = await running(t, "WEBHOOK_SECRET=old");
  // Senders that go on all the while, and move as soon as they are told to.
  const told = { secret: "old", isOver: false };
  const statuses = new Map<number, number>();
  const senders = Array.from({ length: 8 }, async () => {
    while (!told.isOver) {
      const status = await send(told.secret);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  const more = async (): Promise<void> => {
    const before = statuses.get(200) ?? 0;
    await until("more are acknowledged", () => (statuses.get(200) ?? 0) > before + 100);
  };
  await more();
  assert.equal(await send("new"), 401);
  const both = await change("WEBHOOK_SECRET=new\nWEBHOOK_SECRET_PREVIOUS=old");
  assert.deepEqual([both["changed"], both["accepted"]], [true, 2]);
  await more();
  told.secret = "new";
  await more();
  assert.equal(await send("old"), 200);
  told.isOver = true;
  await Promise.all(senders);
  assert.deepEqual([...statuses.keys()], [200]);

  const one = await change("WEBHOOK_SECRET=new");
  assert.deepEqual([one["changed"], one["accepted"]], [true, 1]);
  assert.deepEqual([await send("new"), await send("old")], [200, 401]);
  const again = await change("WEBHOOK_SECRET=new");
  assert.equal(again["changed"], false);
  assert.doesNotMatch(program.stdout() + program.stderr(), /=new|=old|"(?:new|old)"/);
  assert.equal(await program.stop("SIGTERM"), 0);
});

test("a file without a secret changes nothing, and that is logged", async (t) => {
  const { change, send } = await running(t, "WEBHOOK_SECRET=old");
  const line = await change("WEBHOOK_SECRET=");
  assert.equal(line["level"], "error");
  assert.match(String(line["reason"]), /WEBHOOK_SECRET.*is required/);
  assert.equal(await send("old"), 200);
});
