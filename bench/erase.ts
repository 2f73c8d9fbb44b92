/** `npm run bench:erase`: how long erasing all of one sender takes under load, and what it takes from the acknowledgements beside it. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Receipt } from "../src/erasure-schemas.ts";
import { type BurstResult, runBurst } from "./ingest/burst.ts";
import type { Candidate } from "./ingest/candidate.ts";
import type { Engine } from "./ingest/candidates.ts";
import { createRequests } from "./ingest/load.ts";
import { fileOf } from "./read/files.ts";
import { createLoad, LARGEST_SENDER } from "./read/load.ts";
import { copyOf, SECRET, startOn } from "./read/servers.ts";
import { describeRun, tellResult } from "./result.ts";

const CONNECTIONS = 64;
/** More than any burst sends without a pace, so that its time ends it. */
const REQUESTS_PER_SECOND_MAX = 16_000;

const { values: flags } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    // Nine in each hundred are of the sender that is erased: some 100,000.
    rows: { type: "string", default: "1120000" },
    // Requests a second over all connections; 0 for as many as are answered.
    rates: { type: "string", default: "500,0" },
    seconds: { type: "string", default: "10" },
    folder: { type: "string" },
    save: { type: "string" },
  },
});
const engine: Engine = flags.engine === "postgres" ? "postgres" : "sqlite";
const [rows, seconds] = [Number(flags.rows), Number(flags.seconds)];
const folder = mkdtempSync(join(flags.folder ?? tmpdir(), "lyftr-bench-"));
// A database server may run as a user of its own.
chmodSync(folder, 0o711);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

let serial = 10 ** 8;
async function burst(server: Candidate, rate: number): Promise<BurstResult> {
  const requests = createRequests(seconds * (rate || REQUESTS_PER_SECOND_MAX), serial, SECRET);
  serial += requests.length;
  const pace = rate === 0 ? {} : { everyMs: (CONNECTIONS * 1000) / rate };
  return runBurst({ ports: server.ports, connections: CONNECTIONS, seconds, ...pace }, requests);
}

function summaryOf(bursts: readonly BurstResult[]) {
  const latencies = Float64Array.from(bursts.flatMap((one) => [...one.latencies])).toSorted();
  const at = (share: number): number =>
    Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 100) / 100;
  const requests = bursts.reduce((total, one) => total + one.requests, 0);
  const refused = bursts.reduce((total, one) => total + one.requests - (one.statuses.get(200) ?? 0), 0);
  const lasted = bursts.reduce((total, one) => total + one.seconds, 0);
  return { per_second: Math.round(requests / lasted), refused, p50_ms: at(0.5), p99_ms: at(0.99) };
}

async function erase(server: Candidate): Promise<{ messages: number; seconds: number }> {
  const started = performance.now();
  const url = `http://127.0.0.1:${server.ports[0]}/messages?from=${LARGEST_SENDER}`;
  const answer = await fetch(url, { method: "DELETE" });
  const { messages } = (await answer.json()) as Receipt;
  if (answer.status !== 200) throw new Error(`the erasure was answered ${answer.status}`);
  return { messages, seconds: Math.round((performance.now() - started) / 100) / 10 };
}

let copies = 0;
/** What is measured on a copy of the file of its own: what the service leaves beside a file belongs to that file alone. */
async function onCopy<T>(
  made: string,
  rate: number,
  measured: (server: Candidate) => Promise<T>,
): Promise<T> {
  copies += 1;
  const path = join(folder, `copy-${copies}`);
  await copyOf(engine, made, path);
  // Else the system writes the copy when it is half a minute old, and every commit waits for that.
  execFileSync("sync");
  const server = await startOn(engine, path);
  try {
    await burst(server, rate);
    return await measured(server);
  } finally {
    await server.stop();
    rmSync(path, { recursive: true, force: true });
  }
}

async function measure(made: string, rate: number) {
  const beside: BurstResult[] = [];
  const erased = await onCopy(made, rate, async (server) => {
    const state = { isErasing: true };
    const erasing = erase(server).finally(() => (state.isErasing = false));
    // Told below.
    erasing.catch(() => undefined);
    while (state.isErasing) beside.push(await burst(server, rate));
    return erasing;
  });
  // For as long: under the same load checkpoints and the upkeep of indexes have their time, too.
  const alone = await onCopy(made, rate, async (server) => {
    const bursts: BurstResult[] = [];
    while (bursts.length < beside.length) bursts.push(await burst(server, rate));
    return bursts;
  });
  const [before, during] = [summaryOf(alone), summaryOf(beside)];
  const figures = {
    rate: rate === 0 ? "as many as are answered" : rate,
    erased_messages: erased.messages,
    erased_seconds: erased.seconds,
    alone: before,
    beside: during,
    p99_ratio: Math.round((during.p99_ms / before.p99_ms) * 100) / 100,
  };
  say(JSON.stringify(figures));
  return figures;
}

try {
  const made = await fileOf(engine, folder, { label: `${rows}`, load: createLoad(rows) }, say);
  const rates = [];
  for (const rate of flags.rates.split(",")) rates.push(await measure(made, Number(rate)));
  const report = {
    ...describeRun("bench:erase"),
    engine,
    messages: rows,
    connections: CONNECTIONS,
    rates,
  };
  tellResult(report, flags.save);
} finally {
  rmSync(folder, { recursive: true });
}
