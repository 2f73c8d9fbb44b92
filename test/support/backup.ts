/** `lyftr backup`, `restore`, `export` and `import` run as a person would. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Message } from "../../src/message.ts";
import type { Inbox } from "./migrate.ts";
import { type Finished, runProgram } from "./program.ts";
import { tempFolder } from "./temp.ts";

/** Without a secret: it is for the senders. */
export function runOn(url: string, cwd: string, args: readonly string[], input?: string): Promise<Finished> {
  const env = { DATABASE_URL: url, WEBHOOK_SECRET: undefined };
  return runProgram(args, { cwd, env, ...(input !== undefined && { input }) });
}

/** Returns the folder of a new backup. */
export async function backUp(t: TestContext, url: string): Promise<string> {
  const folder = join(tempFolder(t), "backups", "one");
  const finished = await runOn(url, tempFolder(t), ["backup", folder]);
  assert.equal(finished.code, 0, finished.stderr);
  assert.match(
    finished.stdout,
    /^backed up: (?:1 message|\d+ messages) and (?:1 conflict|\d+ conflicts), .*, verified, .*\n$/,
  );
  return folder;
}

export async function restore(t: TestContext, folder: string, url: string): Promise<void> {
  const finished = await runOn(url, tempFolder(t), ["restore", folder]);
  assert.equal(finished.code, 0, finished.stderr);
  assert.match(
    finished.stdout,
    /^restored: (?:1 message|\d+ messages) and (?:1 conflict|\d+ conflicts), .*\n$/,
  );
}

/** All that an inbox holds, as the program exports it. */
export async function exported(t: TestContext, url: string, ...flags: readonly string[]): Promise<string> {
  const finished = await runOn(url, tempFolder(t), ["export", ...flags]);
  assert.equal(finished.code, 0, finished.stderr);
  return finished.stdout;
}

export function messagesIn(ndjson: string): Message[] {
  const lines = ndjson.split("\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) => JSON.parse(line) as Message);
}

/** That both hold the same messages and records of conflicts, and count them right. */
export async function assertSame(t: TestContext, first: Inbox, second: Inbox): Promise<void> {
  assert.equal(await exported(t, second.url), await exported(t, first.url));
  const byKey = ({ message_id, later }: { message_id: string; later: string }): string => message_id + later;
  const sorted = async (inbox: Inbox) =>
    (await inbox.conflicts()).toSorted((a, b) => (byKey(a) < byKey(b) ? -1 : 1));
  assert.deepEqual(await sorted(second), await sorted(first));
  await second.assertExact();
}

interface WrittenManifest {
  messages: number;
  conflicts: number;
  schema: number;
  files: { name: string; bytes: number; table?: { name: string; rows: number } }[];
}

export function manifestOf(folder: string): WrittenManifest {
  return JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as WrittenManifest;
}
