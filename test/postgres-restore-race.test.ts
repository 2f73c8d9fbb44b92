/** A service is not seen in its first moments (src/store/postgres/services.ts): what it acknowledges then is kept all the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { backUp, exported, messagesIn, runOn } from "./support/backup.ts";
import { post } from "./support/client.ts";
import { fill, INBOXES, manyMessages } from "./support/migrate.ts";
import { startProgram } from "./support/program.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";

const ROUNDS = 3;
const SENDERS = 4;

test("a restore beside a service that was just started is refused, or loses nothing that the service took", async (t) => {
  const source = await INBOXES.PostgreSQL(t);
  await fill(await source.open(), manyMessages(500));
  const folder = await backUp(t, source.url);
  for (let round = 0; round < ROUNDS; round += 1) {
    const target = await INBOXES.PostgreSQL(t);
    // Its tables are there, as of a service that ran before.
    await (await target.open()).close();
    const cwd = tempFolder(t);
    const acknowledged: string[] = [];
    const state = { isRestored: false };
    const send = async (url: string, sender: number): Promise<void> => {
      for (let index = 0; !state.isRestored; index += 1) {
        const message = sampleMessage({ message_id: `s${sender}-${index}` });
        if ((await post(url, message)).status === 200) acknowledged.push(message.message_id);
      }
    };
    const program = await startProgram(t, { cwd, env: { DATABASE_URL: target.url } });
    const restoring = runOn(target.url, cwd, ["restore", folder]).finally(() => {
      state.isRestored = true;
    });
    const sending = Array.from({ length: SENDERS }, (_, sender) => send(program.url, sender));
    const { code, stderr } = await restoring;
    await Promise.all(sending);
    assert.equal(await program.stop("SIGTERM"), 0);
    assert.ok(code === 0 || code === 2, stderr);
    const found = new Set(messagesIn(await exported(t, target.url)).map(({ message_id }) => message_id));
    assert.deepEqual(
      acknowledged.filter((id) => !found.has(id)),
      [],
    );
    assert.equal(found.size, acknowledged.length + (code === 0 ? 500 : 0));
    await target.assertExact();
    t.diagnostic(
      `round ${round}: ${code === 0 ? "restored" : "refused"}, ${acknowledged.length} acknowledged`,
    );
  }
});
