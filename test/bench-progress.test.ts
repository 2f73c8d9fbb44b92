/** What fills a database for the benchmarks says how far it is as the program does: in plain lines where nobody watches. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { PROJECT } from "./support/program.ts";
import { readRows } from "./support/sqlite.ts";
import { tempFolder } from "./support/temp.ts";

const MESSAGES = 40_000;

test("a file that is filled for a benchmark draws nothing on what is no terminal", async (t) => {
  const path = join(tempFolder(t), "app.db");
  const script = `
    import { prefill } from "${join(PROJECT, "bench/ingest/prefill.ts")}";
    await prefill(${JSON.stringify(path)}, ${MESSAGES}, (line) => process.stderr.write(line + "\\n"));`;
  const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  assert.match(
    stderr,
    /^(?:filling, \d+ messages, \d+\/s, \d+ %, \d+ s left\n)*prefilled 40000 messages in \d+ s\n$/,
  );
  assert.equal(readRows(path, "SELECT count(*) AS n FROM messages")[0]?.["n"], MESSAGES);
});
