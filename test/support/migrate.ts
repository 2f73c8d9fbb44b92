/** Inboxes to be moved, and `lyftr migrate` run as a person would. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Message } from "../../src/message.ts";
import type { Store } from "../../src/store/store.ts";
import type { Database } from "../contract/database.ts";
import { change, differing, runCheckOf } from "./checked.ts";
import { eventually } from "./eventually.ts";
import { createPostgresDatabase } from "./postgres.ts";
import { type Finished, PROGRAM } from "./program.ts";
import { sampleMessage } from "./sample.ts";
import { createSqliteDatabase, readRows } from "./sqlite.ts";
import { tempFolder } from "./temp.ts";

/** A database of either engine, as it is named on the command line. */
export interface Inbox extends Database {
  readonly url: string;
  /** How many messages there are, looked at past every engine: 0 where it is not made yet. */
  count(): Promise<number>;
  /** Resolves when a service that was started on it can be seen. */
  served(): Promise<void>;
  /** Past the engine, as no engine would. */
  change(sql: string): Promise<unknown>;
  /** Asserts that `lyftr check` finds everything exact. */
  assertExact(): Promise<void>;
}

export const INBOXES: Readonly<Record<"SQLite" | "PostgreSQL", (t: TestContext) => Promise<Inbox>>> = {
  SQLite(t) {
    const database = createSqliteDatabase(t);
    const url = `sqlite:///${database.path}`;
    return Promise.resolve({
      ...database,
      url,
      count: () => Promise.resolve(countIn(database.path)),
      // By its lock, from its start on.
      served: () => Promise.resolve(),
      change: (sql) => Promise.resolve(change(database.path, sql)),
      assertExact: () => assertExact(t, url),
    });
  },
  async PostgreSQL(t) {
    const database = await createPostgresDatabase(t);
    return {
      ...database,
      count: () =>
        database.query(COUNT).then(
          ([row]) => Number(row?.["n"]),
          () => 0,
        ),
      async served() {
        await eventually(
          "the service to have a connection",
          async () => (await database.query(SERVICES)).length > 0 || undefined,
        );
      },
      change: (sql) => database.query(sql),
      assertExact: () => assertExact(t, database.url),
    };
  },
};

export const WAYS = [
  ["SQLite", "PostgreSQL"],
  ["PostgreSQL", "SQLite"],
] as const;

const SERVICES =
  "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lyftr upkeep'";
const COUNT = "SELECT count(*) AS n FROM messages";

function countIn(path: string): number {
  try {
    return Number(readRows(path, COUNT)[0]?.["n"]);
  } catch {
    return 0;
  }
}

async function assertExact(t: TestContext, url: string): Promise<void> {
  assert.deepEqual(differing(await runCheckOf(url, tempFolder(t))), []);
}

const TEXTS = [
  "Hello there",
  null,
  "",
  "ПРИВЕТ мир",
  "İstanbul ß ❤️",
  "您的订单将于明天送达",
  'say “hi” "now" 100%_\\',
  "नमस्ते\n\tदुनिया",
  "👩‍👩‍👧‍👦".repeat(40),
];

/** In many scripts, with every number of digits, several of one instant, before 1970 and far after. */
export function manyMessages(count: number): Message[] {
  return Array.from({ length: count }, (_, index) => {
    const digits = index % 10;
    const fraction =
      digits === 0
        ? ""
        : `.${String(index * 7_919)
            .padStart(9, "1")
            .slice(0, digits)}`;
    const year = ["1969", "2025", "0001", "9999", "2025"][index % 5] ?? "";
    // Of some hundred minutes, so that many share one and some an instant.
    const minute = String(Math.floor(index / 7) % 60).padStart(2, "0");
    return sampleMessage({
      message_id: `m ${index} ${["é", "😀", "x"][index % 3]}`,
      from: `+${index % 17}`,
      to: `+1${index % 5}`,
      ts: `${year}-12-31T0${index % 3}:${minute}:00${fraction}Z`,
      text: TEXTS[index % TEXTS.length] ?? null,
    });
  });
}

const BATCH = 2_000;

export async function fill(store: Store, messages: readonly Message[]): Promise<void> {
  for (let from = 0; from < messages.length; from += BATCH) {
    const results = await store.append(messages.slice(from, from + BATCH));
    assert.ok(results.every((result) => result === "created"));
  }
}

export interface Running {
  /** The signal goes to it and to nobody else. */
  stop(signal: NodeJS.Signals): void;
  /** Resolves when it first says how far it is. */
  readonly begun: Promise<unknown>;
  readonly finished: Promise<Finished>;
}

export function startMigrate(t: TestContext, from: string, to: string, ...flags: readonly string[]): Running {
  const { NODE_TEST_CONTEXT: _mark, DATABASE_URL: _url, ...env } = process.env;
  const args = [PROGRAM, "migrate", "--from", from, "--to", to, ...flags];
  const child = spawn(process.execPath, args, { cwd: tempFolder(t), env, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const finish = async (): Promise<Finished> => {
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { code: child.exitCode, stdout, stderr };
  };
  return { stop: (signal) => void child.kill(signal), begun: once(child.stderr, "data"), finished: finish() };
}

export function runMigrate(
  t: TestContext,
  from: string,
  to: string,
  ...flags: readonly string[]
): Promise<Finished> {
  return startMigrate(t, from, to, ...flags).finished;
}

/** The last line on stdout. */
export function verdict({ stdout }: Finished): string {
  return stdout.trimEnd().split("\n").at(-1) ?? "";
}

export function assertDone(finished: Finished): void {
  assert.equal(finished.code, 0, finished.stdout + finished.stderr);
  assert.match(verdict(finished), /^done: /, finished.stderr);
}
