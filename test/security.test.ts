/** SECURITY.md claims nothing that no test shows: each line names a test that is there, by its words. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PROJECT } from "./support/program.ts";

/** The column that names them; the line below a table's head has only dashes. */
const HEAD = "shown by";

interface Claim {
  readonly line: string;
  readonly path: string;
  readonly words: string;
}

function tableLines(): string[] {
  const text = readFileSync(join(PROJECT, "SECURITY.md"), "utf8");
  return text
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[ |-]+$/.test(line) && !line.includes(HEAD));
}

function claimOf(line: string): Claim {
  const [, path, words] = /`(test\/[\w.-]+\.test\.ts)`: "([^"]+)" *\|$/.exec(line) ?? [];
  assert.ok(path !== undefined && words !== undefined, `names no test and its words: ${line}`);
  return { line, path, words };
}

/** The names of a file's tests, as far as they are written out, and the proofs whose short form it runs. */
function testsIn(path: string): string[] {
  const text = readFileSync(join(PROJECT, path), "utf8");
  return [...text.matchAll(/\b(?:test|testShortForm)\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|(\w+))/g)].map(
    ([, plain, template, name]) => plain ?? template ?? name ?? "",
  );
}

test("each line of the threat model names a test that exists, and is about it", () => {
  const claims = tableLines().map(claimOf);
  assert.ok(claims.length > 30);
  const wrong = claims.filter(
    ({ path, words }) =>
      !existsSync(join(PROJECT, path)) || !testsIn(path).some((name) => name.includes(words)),
  );
  assert.deepEqual(
    wrong.map(({ path, words }) => `${path} has no test "${words}"`),
    [],
  );
});
