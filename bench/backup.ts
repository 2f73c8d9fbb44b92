/** `npm run bench:backup`: how long a backup takes beside the service under full load, and what it takes from it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runBurst } from "./ingest/burst.ts";
import type { Candidate } from "./ingest/candidate.ts";
import type { Engine } from "./ingest/candidates.ts";
import { createRequests } from "./ingest/load.ts";
import { fileOf } from "./read/files.ts";
import { createLoad } from "./read/load.ts";
import { copyOf, SECRET, startOn } from "./read/servers.ts";
import { medianOf } from "./read/timing.ts";
import { describeRun, tellResult } from "./result.ts";

const PROGRAM = fileURLToPath(new URL("../bin/lyftr.js", import.meta.url));
const CONNECTIONS = 64;
/** More than any burst sends, so that its time ends it. */
const REQUESTS_PER_SECOND_MAX = 16_000;
const LOOK_EVERY_MS = 50;
const MIB_BYTES = 2 ** 20;

const { values: flags } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "8" },
    folder: { type: "string" },
    save: { type: "string" },
  },
});
const engine: Engine = flags.engine === "postgres" ? "postgres" : "sqlite";
const [rows, rounds, seconds] = [Number(flags.rows), Number(flags.rounds), Number(flags.seconds)];
const folder = mkdtempSync(join(flags.folder ?? tmpdir(), "lyftr-bench-"));
// A database server may run as a user of its own.
chmodSync(folder, 0o711);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Burst {
  readonly requests: number;
  readonly seconds: number;
  readonly refused: number;
}

let serial = 10 ** 8;
async function burst(server: Candidate): Promise<Burst> {
  const requests = createRequests(seconds * REQUESTS_PER_SECOND_MAX, serial, SECRET);
  serial += requests.length;
  const result = await runBurst({ ports: server.ports, connections: CONNECTIONS, seconds }, requests);
  return { ...result, refused: result.requests - (result.statuses.get(200) ?? 0) };
}

/** The service's own file, which a backup reads. */
function logMiB(path: string): number {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) / MIB_BYTES;
}

async function backUp(url: string, to: string): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [PROGRAM, "backup", to, "--json"], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`the backup ended with ${child.exitCode}: ${said}`);
  return (performance.now() - started) / 1000;
}

async function measureRound(server: Candidate, url: string, path: string, round: number) {
  const alone = await burst(server);
  await server.settle();
  const to = join(folder, `backup-${round}`);
  const state = { over: false };
  let logMiBMax = 0;
  const looking = setInterval(() => (logMiBMax = Math.max(logMiBMax, logMiB(path))), LOOK_EVERY_MS);
  const backup = backUp(url, to).finally(() => {
    state.over = true;
  });
  // Told below.
  backup.catch(() => undefined);
  const beside: Burst[] = [];
  while (!state.over) beside.push(await burst(server));
  const backupSeconds = await backup;
  clearInterval(looking);
  rmSync(to, { recursive: true });
  const rateOf = (bursts: readonly Burst[]): number =>
    sum(bursts.map(({ requests }) => requests)) / sum(bursts.map((one) => one.seconds));
  const figures = {
    backup_seconds: Math.round(backupSeconds * 10) / 10,
    alone_per_second: Math.round(rateOf([alone])),
    beside_per_second: Math.round(rateOf(beside)),
    ratio: Math.round((rateOf(beside) / rateOf([alone])) * 100) / 100,
    refused: sum([alone, ...beside].map(({ refused }) => refused)),
    write_ahead_log_mib_max: engine === "sqlite" ? Math.round(logMiBMax) : null,
  };
  say(JSON.stringify(figures));
  await server.settle();
  return figures;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

try {
  const size = { label: `${rows}`, load: createLoad(rows) };
  const made = await fileOf(engine, folder, size, say);
  const path = join(folder, "copy");
  await copyOf(engine, made, path);
  const server = await startOn(engine, path);
  try {
    const url = server.databaseUrl ?? `sqlite:///${path}`;
    await backUp(url, join(folder, "alone"));
    const aloneSeconds = await backUp(url, join(folder, "alone-again"));
    await burst(server);
    const figures = [];
    for (let round = 0; round < rounds; round += 1)
      figures.push(await measureRound(server, url, path, round));
    const report = {
      ...describeRun("bench:backup"),
      engine,
      messages: rows,
      connections: CONNECTIONS,
      backup_seconds_without_load: Math.round(aloneSeconds * 10) / 10,
      ratio_median: medianOf(figures.map(({ ratio }) => ratio)),
      rounds: figures,
    };
    tellResult(report, flags.save);
  } finally {
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}
