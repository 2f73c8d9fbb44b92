/** `npm run bench:ingest`: what durable ingest costs, beside a server that stores nothing and a naive one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BurstResult, runBurst } from "./ingest/burst.ts";
import { createRequests } from "./ingest/load.ts";
import { Candidate, type CandidateCounters } from "./ingest/candidate.ts";
import { candidatesOf, engineOf } from "./ingest/candidates.ts";
import { ServerProcess } from "./ingest/process.ts";
import { FOLLOWED, SERVERS } from "./ingest/ratios.ts";
import type { Figures } from "./ingest/figures.ts";
import { printTable, type Report, saveReport, summarize } from "./ingest/report.ts";
import { describeRun } from "./result.ts";

const SECRET = "bench-secret";
const WARM_UP_SECONDS = 0.5;
/** More than any server here answers in a second, so that the warm-up does not run out of requests. */
const WARM_UP_REQUESTS_PER_SECOND_MAX = 60_000;
/** Of the best rate of the warm-up: what a burst has ready, since a server gets faster as it warms up. */
const REQUESTS_READY_FACTOR = 3;
const PREFILLS: Readonly<Record<string, number>> = { "0": 0, "1m": 1_000_000, "10m": 10_000_000 };

const { values: flags } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    connections: { type: "string", default: "64,256" },
    prefill: { type: "string", default: "0" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    servers: { type: "string" },
    streams: { type: "string", default: "0" },
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
const engine = engineOf(flags.engine);
const streams = Number(flags.streams);
const names = flags.servers?.split(",") ?? (streams > 0 ? FOLLOWED : SERVERS[engine]);

const folder = mkdtempSync(join(tmpdir(), "lyftr-bench-"));
const servers = new Map<string, Candidate>();
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
    ...describeRun("bench:ingest"),
    settings: { engine, streams, ...settings },
    database: await databaseSettings(),
    ...summarize(figures, engine),
  };
}

/** All database servers are set alike. */
async function databaseSettings(): Promise<Report["database"]> {
  for (const server of servers.values()) {
    const settings = await server.databaseSettings();
    if (settings !== null) return settings;
  }
  return null;
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
  const setting = { folder, secret: SECRET, prefill: settings.prefill, streams, names, say };
  const candidates = await candidatesOf(engine, setting);
  for (const name of names) {
    const start = candidates[name];
    if (start === undefined) throw new Error(`--servers: there is no ${name}`);
    servers.set(name, await start());
  }
  for (const peer of flags.peer) {
    const [name = "", url = ""] = peer.split(/=(.*)/);
    servers.set(name, new Candidate([ServerProcess.running(url)]));
  }
}

async function measure(
  server: Candidate,
  connections: number,
  seconds: number,
  requests: readonly Buffer[],
): Promise<Figures> {
  const before = server.counters();
  const target = { ports: server.ports, connections, seconds };
  const result = await server.followed(() => runBurst(target, requests));
  const busy = server.counters();
  await server.settle();
  const after = server.counters();
  requireAllAccepted(result);
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: percentile(result.latencies, 0.5),
    p99Ms: percentile(result.latencies, 0.99),
    ...costOf(before, after, result.requests),
    rssMiB: busy === null ? null : busy.processes.rssBytes / 2 ** 20,
  };
}

function costOf(
  before: CandidateCounters | null,
  after: CandidateCounters | null,
  requests: number,
): Pick<Figures, "cpuUs" | "databaseCpuUs" | "bytesWritten"> {
  if (before === null || after === null) return { cpuUs: null, databaseCpuUs: null, bytesWritten: null };
  const cpuUs = (of: (counters: CandidateCounters) => number): number =>
    ((of(after) - of(before)) * 1e6) / requests;
  const written = ({ processes, database }: CandidateCounters): number =>
    processes.bytesWritten + (database?.bytesWritten ?? 0);
  return {
    cpuUs: cpuUs(({ processes }) => processes.cpuSeconds),
    databaseCpuUs:
      after.database === null ? null : cpuUs(({ database }) => database?.cpuSeconds ?? Number.NaN),
    bytesWritten: (written(after) - written(before)) / requests,
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
