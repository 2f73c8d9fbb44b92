/** That a start trusts nothing in a write-ahead log that may be in the system's memory alone. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Inbox } from "./prove/inbox.ts";
import { readTrace } from "./prove/trace.ts";
import { post } from "./support/client.ts";
import { sampleMessage } from "./support/sample.ts";
import { tempFolder } from "./support/temp.ts";
import { until } from "./support/until.ts";

if (process.platform === "linux") {
  test("a commit whose process was killed before its sync is synced by the next start, before it counts", async (t) => {
    const folder = join(tempFolder(t), "files");
    const trace = `${folder}.trace`;
    const inbox = new Inbox(folder, { trace });
    t.after(() => inbox.close());
    assert.equal(await inbox.start(), "ready");
    inbox.shim.set({ action: "killBefore", calls: ["sync"], pattern: "app.db-wal" });
    assert.equal((await post(inbox.url, sampleMessage())).status, 200);
    await until("the indexer to be killed at its sync", () => inbox.isDead);
    inbox.shim.clear();
    const before = readTrace(trace).length;
    assert.equal(await inbox.start(), "ready");
    const synced = readTrace(trace)
      .slice(before)
      .some(({ kind, name }) => kind === "syncDone" && name === "data/app.db-wal");
    assert.ok(synced, "the journal would be trimmed up to a watermark that a power cut takes back");
  });
}
