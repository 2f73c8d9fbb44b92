/** Files for `lyftr check`, and what it says of them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { contentHash } from "../../src/store/content.ts";
import type { Row } from "../../src/store/sqlite/batch.ts";
import { openMain } from "../../src/store/sqlite/connection.ts";
import { Indexer } from "../../src/store/sqlite/indexer.ts";
import { type Finished, runProgram } from "./program.ts";
import { sampleMessage } from "./sample.ts";
import { tempFolder } from "./temp.ts";

const MESSAGES = 300;
/** So that there are full parts, one that is not, and texts that are in none. */
const PART_MESSAGES = 100;
const SEARCHABLE = 260;

const TEXTS = ["Hello there", "ПРИВЕТ мир", "İstanbul ❤️", "您的订单将于", 'say “hi” "now" 100%_', null, ""];

/** A file as the engine makes it: of several parts, senders, hours and scripts, with a conflict. */
export function makeCheckedFile(t: TestContext): string {
  const path = join(tempFolder(t), "app.db");
  const { database, close } = openMain(path);
  const indexer = new Indexer(database, PART_MESSAGES);
  const messages = Array.from({ length: MESSAGES }, (_, index): Row => {
    const minutes = String(index % 60).padStart(2, "0");
    // Before 1970 as well, where rounding goes the other way.
    const ts = `${index % 2 === 0 ? 1969 : 2025}-01-1${index % 3}T0${index % 5}:${minutes}:00.5Z`;
    return [`m${index + 1}`, `+${index % 7}`, `+${index % 4}`, ts, TEXTS[index % TEXTS.length] ?? null];
  });
  const [id, from, to, ts, text] = messages[0] as Row;
  const firstHash = contentHash({ message_id: id, from, to, ts, text }).toString("hex");
  const laterHash = contentHash(sampleMessage({ text: "another" })).toString("hex");
  const conflict = { message_id: id, firstHash, laterHash, differs: ["text"], atMs: 1 };
  indexer.apply([{ seq: 1, messages, conflicts: [conflict] }]);
  indexer.makeSearchable(SEARCHABLE);
  indexer.markClean(true);
  close();
  return path;
}

/** Past the engine, as no engine would. */
export function change(path: string, sql: string): void {
  const database = new DatabaseSync(path, { defensive: false });
  database.exec(sql);
  database.close();
}

/** Without a secret: it is for the senders. */
export function runCheck(path: string, ...flags: readonly string[]): Promise<Finished> {
  return runCheckOf(`sqlite:///${path}`, dirname(path), ...flags);
}

export function runCheckOf(url: string, cwd: string, ...flags: readonly string[]): Promise<Finished> {
  return runProgram(["check", ...flags], { cwd, env: { DATABASE_URL: url, WEBHOOK_SECRET: undefined } });
}

/** The names of the checks that differ; asserts that the exit code and the last line say the same. */
export function differing({ code, stdout, stderr }: Finished): string[] {
  const lines = stdout.trimEnd().split("\n");
  const names = lines.flatMap((line) => /^DIFFERS {2}(.*?): /.exec(line)?.[1] ?? []);
  assert.equal(code, names.length > 0 ? 1 : 0, stderr);
  assert.match(lines.at(-1) ?? "", names.length > 0 ? /^not exact: / : /^exact: /);
  return [...new Set(names)];
}

/**
 * The one JSON object of a database of makeChecked… whose totals and party_hours were each raised by 1; `place` is how it names it.
 */
export function assertTellsBoth({ code, stdout }: Finished, place: string): void {
  assert.equal(code, 1);
  const { checks, ...rest } = JSON.parse(stdout) as {
    checks: { name: string; exact: boolean; differences: object[]; differences_total: number }[];
  };
  assert.deepEqual(rest, { database: place, exact: false });
  assert.deepEqual(
    checks.find(({ name }) => name === "totals"),
    {
      name: "totals",
      exact: false,
      differences: [{ what: "messages", kept: MESSAGES + 1, counted: MESSAGES }],
      differences_total: 1,
    },
  );
  const hours = checks.find(({ name }) => name === "messages sent by each party, by the hour");
  assert.equal(hours?.differences.length, 10);
  assert.ok(hours.differences_total > 10);
  assert.equal(checks.filter(({ exact }) => !exact).length, 2);
}

/** Every file of the folder with its bytes. */
export function bytesIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );
}
