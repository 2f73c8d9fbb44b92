/** That the folder of the files outlives a power cut, which SQLite leaves to whoever makes it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Inbox } from "./prove/inbox.ts";
import { readTrace } from "./prove/trace.ts";
import { tempFolder } from "./support/temp.ts";

if (process.platform === "linux") {
  test("a folder whose maker was killed before its name was durable is made so by the next start", async (t) => {
    const folder = join(tempFolder(t), "files");
    const trace = `${folder}.trace`;
    const inbox = new Inbox(folder, { trace });
    t.after(() => inbox.close());
    inbox.shim.set({ action: "killBefore", calls: ["sync"], pattern: "*" });
    assert.equal(await inbox.start(), "killed");
    assert.deepEqual(
      readTrace(trace).map(({ kind, name }) => `${kind} ${name}`),
      ["folderMade data"],
    );
    inbox.shim.clear();
    assert.equal(await inbox.start(), "ready");
    const synced = readTrace(trace).filter(({ kind, name }) => kind === "syncDone" && name === "");
    assert.equal(synced.length, 1, "the folder that holds `data` was never synced");
  });
}
