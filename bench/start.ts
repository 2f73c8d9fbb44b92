/** `npm run bench:start`: how soon the service is ready, what it takes idle, and how soon a read has what was written. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { encode } from "../src/store/sqlite/batch.ts";
import { runBurst } from "./ingest/burst.ts";
import { createMessage, createRandom, createRequests } from "./ingest/load.ts";
import { prefill } from "./ingest/prefill.ts";
import { NODE_FLAGS, ServerProcess } from "./ingest/process.ts";
import { type Spread, spread } from "./ingest/report.ts";
import { describeRun, tellResult } from "./result.ts";

const SECRET = "bench-secret";
const PROGRAM = fileURLToPath(new URL("../bin/lyftr.js", import.meta.url));
const REPLAY_BATCHES = 1_500;
const BATCH_MESSAGES = 64;
const WRITES = 300;
/** To ask without a pause would take a core from what is measured. */
const ASK_EVERY_MS = 10;
const LOAD_SECONDS = 5;
const LOAD_REQUESTS_PER_SECOND_MAX = 30_000;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    rows: { type: "string", default: "1000000" },
    save: { type: "string" },
  },
});
const rounds = Number(flags.rounds);
const folder = mkdtempSync(join(tmpdir(), "lyftr-bench-"));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function start(path: string): Promise<ServerProcess> {
  const env = { WEBHOOK_SECRET: SECRET, PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: "info" };
  return ServerProcess.start([...NODE_FLAGS, PROGRAM, "serve"], {
    ...env,
    DATABASE_URL: `sqlite:///${path}`,
  });
}

/** Milliseconds from starting the process to the first 200 of /health/ready. */
async function timeToReady(path: string): Promise<{ readyMs: number; server: ServerProcess }> {
  const from = performance.now();
  const server = await start(path);
  while ((await fetch(`http://127.0.0.1:${server.port}/health/ready`)).status !== 200)
    await sleep(ASK_EVERY_MS);
  return { readyMs: performance.now() - from, server };
}

async function readyFigures(path: string): Promise<{ ready: Spread | null; idleRssMiB: Spread | null }> {
  const [ready, rss]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const { readyMs, server } = await timeToReady(path);
    await server.settle();
    // The first start fills the compile cache of a new commit.
    if (round > 0) ready.push(readyMs);
    if (round > 0) rss.push((server.counters()?.rssBytes ?? Number.NaN) / 2 ** 20);
    await server.stop();
    say(`ready in ${Math.round(readyMs)} ms`);
  }
  return { ready: spread(ready), idleRssMiB: spread(rss) };
}

/** As a process leaves the journal that was killed before it indexed any of it. */
function fillJournal(path: string): number {
  const journal = new DatabaseSync(`${path}.journal`);
  const random = createRandom(2);
  const insert = journal.prepare("INSERT INTO batches VALUES (?, ?, NULL)");
  const { seq } = journal.prepare("SELECT seq FROM trimmed").get() as { seq: number };
  journal.exec("BEGIN");
  for (let batch = 0; batch < REPLAY_BATCHES; batch += 1) {
    const messages = Array.from({ length: BATCH_MESSAGES }, (_, index) =>
      encode(createMessage(10 ** 9 + batch * BATCH_MESSAGES + index, random)),
    );
    insert.run(seq + batch + 1, `[${messages.join(",")}]`);
  }
  journal.exec("COMMIT");
  journal.close();
  return REPLAY_BATCHES * BATCH_MESSAGES;
}

/** Milliseconds of a read that begins when a write was acknowledged and asks for what was written. */
async function readAfterWrite(server: ServerProcess, firstSerial: number, until: () => boolean) {
  const latencies: number[] = [];
  const requests = createRequests(WRITES, firstSerial, SECRET);
  const random = createRandom(firstSerial + 1);
  for (let index = 0; index < WRITES && !until(); index += 1) {
    const { message_id } = createMessage(firstSerial + index, random);
    const one = { ports: [server.port], connections: 1, seconds: 60 };
    await runBurst(one, requests.slice(index, index + 1));
    const read = Buffer.from(`GET /messages/${message_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    const {
      statuses,
      latencies: [latency = Number.NaN],
    } = await runBurst(one, [read]);
    if (!statuses.has(200)) throw new Error(`${message_id} was acknowledged and is not there`);
    latencies.push(latency);
  }
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100;
  return { reads: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function readUnderLoad(server: ServerProcess) {
  const load = createRequests(LOAD_SECONDS * LOAD_REQUESTS_PER_SECOND_MAX, 10 ** 7, SECRET);
  let over = false;
  const burst = runBurst({ ports: [server.port], connections: 64, seconds: LOAD_SECONDS }, load);
  void burst.finally(() => (over = true));
  const reads = await readAfterWrite(server, 10 ** 6 * 5, () => over);
  const { requests, seconds } = await burst;
  return { requestsPerSecond: Math.round(requests / seconds), ...reads };
}

async function measureAll(): Promise<object> {
  const [empty, large] = [join(folder, "empty.db"), join(folder, "large.db")];
  const figures: Record<string, unknown> = { "empty file": await readyFigures(empty) };
  const idle = await start(empty);
  figures["read after write, idle"] = await readAfterWrite(idle, 0, () => false);
  figures["read after write, 64 connections of load"] = await readUnderLoad(idle);
  await idle.stop();

  const messages = fillJournal(empty);
  const { readyMs, server } = await timeToReady(empty);
  await server.stop();
  figures["replay"] = { messages, readyMs, messagesPerSecond: Math.round((messages / readyMs) * 1000) };

  await prefill(large, Number(flags.rows), say);
  figures[`${flags.rows} messages, after a clean stop`] = await readyFigures(large);
  return figures;
}

try {
  const figures = await measureAll();
  tellResult({ ...describeRun("bench:start"), figures }, flags.save);
} finally {
  rmSync(folder, { recursive: true });
}
