/** What an erasure promises holds on the disk as well: after a power cut, and where the disk fails. Linux only, as the shim is. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { DiskStates, type State } from "./prove/disk-states.ts";
import { Inbox, type ShimOptions } from "./prove/inbox.ts";
import { bytesLeft, filesOf, markOf, marksIn, marksInFolder } from "./prove/marks.ts";
import { readTrace } from "./prove/trace.ts";
import { type Answer, request } from "./support/client.ts";
import { keep } from "./support/listing.ts";
import { seededRandom } from "./support/random.ts";
import { tempFolder } from "./support/temp.ts";

const MESSAGES = 20;
const PERSON = "+4912345678901";
/** Each keeps any of what was not synced, so that some of them show what is missing. */
const STATES = 40;

/** Its last message is of the person. */
async function startInbox(t: TestContext, folder: string, options: ShimOptions = {}): Promise<Inbox> {
  const inbox = new Inbox(folder, options);
  t.after(() => inbox.close());
  assert.equal(await inbox.start(), "ready");
  for (let serial = 0; serial <= MESSAGES; serial += 1) {
    const mark = markOf(serial);
    const from = serial === MESSAGES ? { from: PERSON } : {};
    await keep(inbox.url, [{ message_id: mark, text: `${mark} hello ${mark}`, ...from }]);
  }
  return inbox;
}

function erasePerson(inbox: Inbox): Promise<Answer> {
  return request(`${inbox.url}/messages?from=${PERSON}`, { method: "DELETE" });
}

if (process.platform === "linux") {
  test("whatever a power cut right behind the receipt leaves, no byte of what was erased is in any file", async (t) => {
    const random = seededRandom(t, "ERASURE_SEED");
    const folder = tempFolder(t);
    const trace = join(folder, "trace");
    const inbox = await startInbox(t, join(folder, "inbox"), { trace });
    assert.equal((await erasePerson(inbox)).status, 200);
    const receipt = process.hrtime.bigint();
    await inbox.stop("SIGKILL");
    const nothing: State = new Map();
    const states = new DiskStates(nothing);
    for (const event of readTrace(trace)) if (event.nanos < receipt) states.follow(event);
    for (let count = 0; count < STATES; count += 1) {
      const marks = marksIn(filesOf(states.stateAfterCut(random)));
      assert.ok(marks.size >= MESSAGES, "the others are there");
      assert.deepEqual(bytesLeft(marks, [markOf(MESSAGES)]), []);
    }
  });

  test("where overwriting cannot be synced, an erasure is answered 503, and asked once more it is done", async (t) => {
    const inbox = await startInbox(t, join(tempFolder(t), "inbox"));
    // The first sync of the main file is SQLite's, as it folds its log back.
    inbox.shim.set({
      action: "fail",
      calls: ["sync"],
      pattern: "app.db",
      error: "EIO",
      callsLeft: 1,
      times: 1,
    });
    const answer = await erasePerson(inbox);
    assert.equal(inbox.shim.hits(0), 1);
    assert.deepEqual([answer.status, answer.json], [503, { detail: "the store is not available now" }]);
    assert.equal((await erasePerson(inbox)).status, 200);
    assert.deepEqual(bytesLeft(marksInFolder(dirname(inbox.databasePath)), [markOf(MESSAGES)]), []);
  });
}
