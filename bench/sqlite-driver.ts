/**
 * node:sqlite against better-sqlite3 on this project's own statements, in alternating rounds of one run.
 * better-sqlite3 is not a dependency: `npm install --no-save better-sqlite3@13.2.0`, then `node bench/sqlite-driver.ts`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";

interface Statement {
  run(...values: (string | number)[]): unknown;
  get(...values: (string | number)[]): unknown;
  all(...values: (string | number)[]): unknown[];
}
interface Driver {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}
type Figures = { insertUs: number; getUs: number; pageUs: number };

const ROUNDS = 7;
const BATCHES = 300;
const BATCH_ROWS = 64;
const READS = 20_000;
const PAGES = 3_000;
const PAGE_ROWS = 50;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE messages (message_id TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, ts TEXT NOT NULL, ts_seconds INTEGER NOT NULL, text TEXT) STRICT;
  CREATE INDEX messages_by_time ON messages (ts_seconds, message_id);
`;

function measure(database: Driver): Figures {
  database.exec(SCHEMA);
  const insert = database.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const get = database.prepare("SELECT * FROM messages WHERE message_id = ?");
  const page = database.prepare(
    "SELECT * FROM messages WHERE ts_seconds >= ? ORDER BY ts_seconds, message_id LIMIT ?",
  );
  const text = "the quick brown fox jumps over the lazy dog, नमस्ते दुनिया 🙂";
  let row = 0;
  const insertUs = timed(BATCHES * BATCH_ROWS, () => {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      database.exec("BEGIN IMMEDIATE");
      for (let i = 0; i < BATCH_ROWS; i += 1, row += 1) {
        insert.run(`m-${row}`, `+9198765${row % 1000}`, "2025-01-15T10:00:00Z", 1_736_935_200 + row, text);
      }
      database.exec("COMMIT");
    }
  });
  const getUs = timed(READS, () => {
    for (let i = 0; i < READS; i += 1) get.get(`m-${(i * 7919) % row}`);
  });
  const pageUs = timed(PAGES, () => {
    for (let i = 0; i < PAGES; i += 1) page.all(1_736_935_200 + ((i * 7919) % row), PAGE_ROWS);
  });
  return { insertUs, getUs, pageUs };
}

function timed(count: number, work: () => void): number {
  const start = performance.now();
  work();
  return ((performance.now() - start) * 1000) / count;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

// A computed name keeps the type checker from asking for a package that is not installed.
const packageName: string = "better-sqlite3";
const loaded = (await import(packageName)) as { default: new (path: string) => Driver };
const drivers: [string, (path: string) => Driver][] = [
  ["node:sqlite", (path) => new DatabaseSync(path)],
  ["better-sqlite3", (path) => new loaded.default(path)],
];

const results = new Map<string, Figures[]>(drivers.map(([name]) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, open] of drivers) {
    const folder = mkdtempSync(join(tmpdir(), "lyftr-driver-"));
    const database = open(join(folder, "bench.db"));
    results.get(name)?.push(measure(database));
    database.close();
    rmSync(folder, { recursive: true });
  }
}
console.log(
  `${cpus()[0]?.model ?? "unknown CPU"} x ${cpus().length}, Node ${process.version}, ${ROUNDS} rounds, medians`,
);
console.table(
  Object.fromEntries(
    [...results].map(([name, rounds]) => [
      name,
      {
        "insert, batches of 64, µs a row": median(rounds.map((r) => r.insertUs)).toFixed(1),
        "get by id, µs": median(rounds.map((r) => r.getUs)).toFixed(1),
        "page of 50, µs": median(rounds.map((r) => r.pageUs)).toFixed(1),
      },
    ]),
  ),
);
