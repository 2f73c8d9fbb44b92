/** `npm run bench:ingest`: what durable ingest costs, beside a server that stores nothing and a naive one. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.ts";
import { type BurstResult, runBurst } from "./ingest/burst.ts";
import { createRequests } from "./ingest/load.ts";
import { prefill } from "./ingest/prefill.ts";
import { NODE_FLAGS, ServerProcess } from "./ingest/process.ts";
import { type Figures, printTable, type Report, saveReport, summarize } from "./ingest/report.ts";

const SECRET = "bench-secret";
const WARM_UP_SECONDS = 0.5;
/** More than any server here answers in a second, so that the warm-up does not run out of requests. */
const WARM_UP_REQUESTS_PER_SECOND_MAX = 60_000;
/** Of the best rate of the warm-up: what a burst has ready, since a server gets faster as it warms up. */
const REQUESTS_READY_FACTOR = 3;
const PREFILLS: Readonly<Record<string, number>> = { "0": 0, "1m": 1_000_000, "10m": 10_000_000 };

const { values: flags } = parseArgs({
  options: {
    connections: { type: "string", default: "64,256" },
    prefill: { type: "string", default: "0" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    servers: { type: "string", default: "bare,ceiling,lyftr,naive" },
    peer: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    save: { type: "string" },
  },
});

/** In --json, stdout holds nothing but the result. */
const say = (line: string): void => void (flags.json ? process.stderr : process.stdout).write(`${line}\n`);

const settings = {
  connections: (flags.quick ? "64" : flags.connections).split(",").map(Number),
  prefill: PREFILLS[flags.prefill] ?? Number.NaN,
  seconds: flags.quick ? 2 : Number(flags.seconds),
  rounds: flags.quick ? 3 : Number(flags.rounds),
};
if (Object.values(settings).flat().some(Number.isNaN))
  throw new Error("--prefill is 0, 1m or 10m; other values are numbers");

const folder = mkdtempSync(join(tmpdir(), "lyftr-bench-"));
const servers = new Map<string, ServerProcess>();
try {
  const report = await measureAll();
  if (flags.json) console.log(JSON.stringify(report));
  else printTable(report);
  if (flags.save !== undefined) saveReport(flags.save, report);
} finally {
  for (const server of servers.values()) await server.stop();
  rmSync(folder, { recursive: true });
}

async function measureAll(): Promise<Report> {
  await startServers();
  const figures = new Map<string, Figures[]>();
  let serial = settings.prefill;
  for (const connections of settings.connections) {
    let ready = WARM_UP_REQUESTS_PER_SECOND_MAX;
    for (let round = 0; round <= settings.rounds; round += 1) {
      // Round 0 warms up and is not counted.
      const seconds = round === 0 ? WARM_UP_SECONDS : settings.seconds;
      const requests = createRequests(Math.ceil(seconds * ready), serial, SECRET);
      serial += requests.length;
      const measured = await measureInTurn(connections, seconds, requests, round);
      const rates = [...measured.values()].map(({ requestsPerSecond }) => requestsPerSecond);
      ready = Math.max(round === 0 ? 0 : ready, REQUESTS_READY_FACTOR * Math.max(...rates));
      for (const [key, burst] of round === 0 ? [] : measured)
        figures.set(key, [...(figures.get(key) ?? []), burst]);
    }
  }
  return {
    machine: describeMachine(),
    settings,
    command: `npm run bench:ingest -- ${process.argv.slice(2).join(" ")}`,
    ...summarize(figures),
  };
}

/** One burst of the same requests at each server; by "connections server". Each round another one is the first. */
async function measureInTurn(
  connections: number,
  seconds: number,
  requests: readonly Buffer[],
  round: number,
) {
  const measured = new Map<string, Figures>();
  const inOrder = [...servers];
  const first = round % inOrder.length;
  for (const [name, server] of [...inOrder.slice(first), ...inOrder.slice(0, first)]) {
    const burst = await measure(server, connections, seconds, requests);
    measured.set(`${connections} ${name}`, burst);
    const rate = Math.round(burst.requestsPerSecond);
    say(`${connections} connections, round ${round}/${settings.rounds}, ${name}: ${rate} req/s`);
  }
  return measured;
}

async function startServers(): Promise<void> {
  const env = { WEBHOOK_SECRET: SECRET, PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: "info" };
  const server = fileURLToPath(new URL("ingest/server.ts", import.meta.url));
  const program = fileURLToPath(new URL("../bin/lyftr.js", import.meta.url));
  const files = { lyftr: join(folder, "lyftr.db"), naive: join(folder, "naive.db") };
  if (settings.prefill > 0) {
    await prefill(files.lyftr, settings.prefill, say);
    if (flags.servers.includes("naive")) copyFileSync(files.lyftr, files.naive);
  }
  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    ServerProcess.start([...NODE_FLAGS, ...args], { ...env, ...more });

  const starts: Readonly<Record<string, () => Promise<ServerProcess>>> = {
    bare: () => start([server, "bare"]),
    ceiling: () => start([server, "ceiling"]),
    lyftr: () => start([program, "serve"], { DATABASE_URL: `sqlite:///${files.lyftr}` }),
    naive: () => start([server, "naive", files.naive]),
  };
  for (const name of flags.servers.split(",")) {
    const startServer = starts[name];
    if (startServer === undefined) throw new Error(`--servers: there is no ${name}`);
    servers.set(name, await startServer());
  }
  for (const peer of flags.peer) {
    const [name = "", url = ""] = peer.split(/=(.*)/);
    servers.set(name, ServerProcess.running(url));
  }
}

async function measure(
  server: ServerProcess,
  connections: number,
  seconds: number,
  requests: readonly Buffer[],
): Promise<Figures> {
  const before = server.counters();
  const result = await runBurst({ port: server.port, connections, seconds }, requests);
  const busy = server.counters();
  await server.settle();
  const after = server.counters();
  requireAllAccepted(result);
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: percentile(result.latencies, 0.5),
    p99Ms: percentile(result.latencies, 0.99),
    cpuUs:
      before === null || after === null
        ? null
        : ((after.cpuSeconds - before.cpuSeconds) * 1e6) / result.requests,
    bytesWritten:
      before === null || after === null ? null : (after.bytesWritten - before.bytesWritten) / result.requests,
    rssMiB: busy === null ? null : busy.rssBytes / 2 ** 20,
  };
}

/** A rate of refusals is no rate. */
function requireAllAccepted({ statuses, requests }: BurstResult): void {
  if (statuses.get(200) !== requests)
    throw new Error(`not all were accepted: ${JSON.stringify([...statuses])}`);
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
