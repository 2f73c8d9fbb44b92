/** `npm run bench:read`: what each kind of read costs, from ten thousand to ten million messages. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Candidate } from "./ingest/candidate.ts";
import { type Engine, engineOf } from "./ingest/candidates.ts";
import { ServerProcess } from "./ingest/process.ts";
import { Check } from "./read/check.ts";
import { Client } from "./read/client.ts";
import { type Disturbance, measureDisturbance } from "./read/disturbance.ts";
import { bytesOf, fileOf, peerFile, type Size } from "./read/files.ts";
import { createLoad, keptInMemory } from "./read/load.ts";
import { measure, type Subject } from "./read/measure.ts";
import type { Question } from "./read/question.ts";
import { questionsOf } from "./read/questions.ts";
import { Recount } from "./read/recount.ts";
import { printTable, type Report, rowsOf, saveReport } from "./read/report.ts";
import { fillByWebhook, startOn, startPeer } from "./read/servers.ts";
import { BYTES_A_MESSAGE_MAX, TARGETS } from "./read/targets.ts";
import { medianMs } from "./read/timing.ts";
import { describeRun } from "./result.ts";

/** Beyond it the recount takes longer than what it recounts. */
const RECOUNTED_MESSAGES_MAX = 100_000;
/** Made once for both files; some 100 MiB. */
const KEPT_MESSAGES_MAX = 200_000;
/** Below it there is not a hit of everything that is searched for. */
const MESSAGES_MIN = 10_000;
/** Beyond it the peer needs seconds for most questions: what it is by then, its growth up to here tells. */
const PEER_MESSAGES_MAX = 1_000_000;
const FULL = {
  service: { asksMax: 100, msMax: 1_500, firstsMsMax: 15_000, warmUpMs: 2_000 },
  peer: { asksMax: 30, msMax: 1_000, firstsMsMax: 1_000, warmUpMs: 500 },
  readers: { rounds: 5, seconds: 5 },
};
const QUICK = {
  service: { asksMax: 24, msMax: 40, firstsMsMax: 40, warmUpMs: 500 },
  peer: { asksMax: 8, msMax: 20, firstsMsMax: 20, warmUpMs: 100 },
  readers: null,
};

/** Both engines are filled and asked. */
const SIZES = { sqlite: "10k,100k,1m,10m", postgres: "10k,1m" };

const { values: flags } = parseArgs({
  options: {
    engine: { type: "string", default: "sqlite" },
    sizes: { type: "string" },
    folder: { type: "string" },
    only: { type: "string", default: "" },
    peer: { type: "boolean", default: false },
    "peer-url": { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});

/** In --json, stdout holds nothing but the result. */
const say = (line: string): void => void (flags.json ? process.stderr : process.stdout).write(`${line}\n`);

const engine = engineOf(flags.engine);
const bounds = flags.quick ? QUICK : FULL;
const sizes = (flags.sizes ?? (flags.quick ? "10k,200k" : SIZES[engine])).split(",").map(sizeOf);
const folder = flags.folder ?? mkdtempSync(join(tmpdir(), "lyftr-bench-"));
mkdirSync(folder, { recursive: true });
const servers: Candidate[] = [];
const clients: Client[] = [];
try {
  const report = await measureAll();
  if (flags.json) console.log(JSON.stringify(report));
  else printTable(report);
  if (flags.save)
    saveReport(
      engine === "sqlite" ? "read" : "read-postgres",
      report,
      sizes.map(({ label, load: { messages } }) => ({ label, messages })),
    );
} finally {
  await stopAll();
  if (flags.folder === undefined) rmSync(folder, { recursive: true });
}

async function measureAll(): Promise<Report> {
  const { files, subjects: services } = await subjectsOf(engine, null);
  const { subjects: sqlites } = engine === "sqlite" ? { subjects: [] } : await subjectsOf("sqlite", "SQLite");
  const peers: Subject[] = [];
  for (const size of peerSizes()) peers.push(subjectOf(size, await peerOf(size), "peer", null));
  await measure([...services, ...sqlites, ...peers], say);
  const questions = rowsOf({ engine, services, sqlites, peers });
  const database = (await servers[0]?.databaseSettings()) ?? null;
  await stopAll();
  const bytes = await Promise.all(
    files.map(async (file, index) =>
      Math.round((await bytesOf(engine, file)) / (sizes[index]?.load.messages ?? 0)),
    ),
  );
  const bySize = bytes.map((each, index): [string, number] => [sizes[index]?.label ?? "", each]);
  return {
    ...describeRun("bench:read"),
    settings: {
      engine,
      sizes: sizes.map(({ label }) => label),
      peer: flags["peer-url"] ?? peers.length > 0,
      bounds,
    },
    database,
    questions,
    file: {
      bytes_a_message: Object.fromEntries(bySize),
      ...(engine === "sqlite"
        ? { target: BYTES_A_MESSAGE_MAX, met: (bytes.at(-1) ?? 0) <= BYTES_A_MESSAGE_MAX }
        : { target: null, met: null }),
    },
    disturbance: await disturbanceAt(files.at(-1) ?? "", services.at(-1)),
  };
}

/** A service of the engine at each size, on what is filled or was kept. */
async function subjectsOf(
  on: Engine,
  beside: string | null,
): Promise<{ files: readonly string[]; subjects: Subject[] }> {
  const files: string[] = [];
  const subjects: Subject[] = [];
  for (const size of sizes) files.push(await fileOf(on, folder, size, say));
  for (const [index, size] of sizes.entries()) {
    const server = await startOn(on, files[index] ?? "");
    const recount = size.load.messages <= RECOUNTED_MESSAGES_MAX ? new Recount(size.load) : null;
    subjects.push(subjectOf(size, server, beside, new Check(size.label, recount)));
  }
  return { files, subjects };
}

/** The quick form has no time for more than one, and a server of others holds no more. */
function peerSizes(): readonly Size[] {
  if (flags.quick || flags["peer-url"] !== undefined) return sizes.slice(-1);
  return flags.peer ? sizes.filter(({ load }) => load.messages <= PEER_MESSAGES_MAX) : [];
}

async function peerOf(size: Size): Promise<Candidate> {
  const url = flags["peer-url"];
  if (url === undefined) return new Candidate([await startPeer(await peerFile(folder, size, say))]);
  const server = ServerProcess.running(url);
  await fillByWebhook(server, size.load);
  return new Candidate([server]);
}

function subjectOf(
  { label, load }: Size,
  server: Candidate,
  beside: string | null,
  check: Check | null,
): Subject {
  servers.push(server);
  const client = new Client(server.port);
  clients.push(client);
  const asked = new RegExp(flags.only, "u");
  return {
    label,
    beside,
    client,
    questions: questionsOf(load).filter(({ name }) => asked.test(name)),
    check,
    bounds: check === null ? bounds.peer : bounds.service,
    timings: new Map(),
  };
}

/** Of the first times with a target, which no memory shortens, the longest is asked by many at once. */
async function disturbanceAt(file: string, subject: Subject | undefined): Promise<Disturbance | null> {
  const cost = ({ name }: Question): number =>
    medianMs(subject?.timings.get(name)) ?? Number.POSITIVE_INFINITY;
  const firsts = subject?.questions.filter(({ name, isFirst }) => isFirst && name in TARGETS) ?? [];
  const worst = firsts.toSorted((a, b) => cost(b) - cost(a))[0];
  const load = sizes.at(-1)?.load;
  if (worst === undefined || load === undefined || bounds.readers === null) return null;
  say(`16 readers, each asking: ${worst.name}`);
  return measureDisturbance(engine, file, load, worst, bounds.readers);
}

async function stopAll(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) await server.stop();
}

function sizeOf(label: string): Size {
  const [, count, unit = ""] = /^(\d+)([km]?)$/.exec(label) ?? [];
  const messages = Number(count) * ({ k: 1e3, m: 1e6 }[unit] ?? 1);
  if (!(messages >= MESSAGES_MIN)) throw new Error(`--sizes: ${label} is no size such as 10k or 1m`);
  const load = createLoad(messages);
  return { label, load: messages <= KEPT_MESSAGES_MAX ? keptInMemory(load) : load };
}
