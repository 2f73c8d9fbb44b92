/** The servers that `bench:ingest` puts beside each other, by engine. */
import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Candidate } from "./candidate.ts";
import { createMessage, createRandom } from "./load.ts";
import { prefill } from "./prefill.ts";
import { NODE_FLAGS, ServerProcess } from "./process.ts";

export type Engine = "sqlite" | "postgres";

/** Throws for any other name. */
export function engineOf(name: string): Engine {
  if (name !== "sqlite" && name !== "postgres") throw new Error("--engine is sqlite or postgres");
  return name;
}

/** Each starts what is measured under its name. */
export type Candidates = Readonly<Record<string, () => Promise<Candidate>>>;

export interface Setting {
  /** Empty; whatever lies there when the benchmark ends is gone. */
  readonly folder: string;
  readonly secret: string;
  /** Messages that are stored before the first burst. */
  readonly prefill: number;
  /** That `lyftr-streams` has open. */
  readonly streams: number;
  /** Which are wanted: the others are not filled. */
  readonly names: readonly string[];
  readonly say: (line: string) => void;
}

const SERVER = fileURLToPath(new URL("server.ts", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../../bin/lyftr.js", import.meta.url));

export function candidatesOf(engine: Engine, setting: Setting): Promise<Candidates> {
  return engine === "sqlite" ? sqliteCandidates(setting) : postgresCandidates(setting);
}

async function sqliteCandidates(setting: Setting): Promise<Candidates> {
  const { folder, names } = setting;
  const fileOf = (name: string): string => join(folder, `${name}.db`);
  const files = { lyftr: fileOf("lyftr"), "lyftr-streams": fileOf("lyftr-streams"), naive: fileOf("naive") };
  if (setting.prefill > 0) {
    await prefill(files.lyftr, setting.prefill, setting.say);
    for (const name of ["lyftr-streams", "naive"] as const)
      if (names.includes(name)) copyFileSync(files.lyftr, files[name]);
  }
  return {
    ...storingNothing(setting),
    lyftr: async () => new Candidate([await startService(setting, `sqlite:///${files.lyftr}`)]),
    "lyftr-streams": async () => {
      const service = await startService(setting, `sqlite:///${files["lyftr-streams"]}`);
      return new Candidate([service], null, setting.streams);
    },
    naive: async () => new Candidate([await start(setting, [SERVER, "naive", files.naive])]),
  };
}

/** Each has a database server of its own, so that what it costs can be told from what the others cost. */
async function postgresCandidates(setting: Setting): Promise<Candidates> {
  const { folder } = setting;
  // Loaded for this alone: without PostgreSQL its packages are not needed.
  const { BenchPostgres } = await import("../postgres/server.ts");
  const { copyData } = await import("../../test/support/postgres-server.ts");
  const { createSchema, fillPostgres } = await import("../postgres/fill.ts");
  // The database servers run as a user of their own when this runs as root.
  chmodSync(folder, 0o711);
  const filled = join(folder, "filled");
  const server = await BenchPostgres.start(filled);
  const random = createRandom(1);
  if (setting.prefill === 0) await createSchema(server.url);
  else
    await fillPostgres(server.url, setting.prefill, setting.say, (serial) => createMessage(serial, random));
  await server.stop();

  const onOwnServer = async (
    name: string,
    hasSearch: boolean,
    ...starts: readonly ((url: string) => Promise<ServerProcess>)[]
  ): Promise<Candidate> => {
    copyData(filled, join(folder, name));
    const own = await BenchPostgres.start(join(folder, name));
    if (!hasSearch) await own.ask("DROP INDEX messages_by_letters");
    const streams = name === "lyftr-streams" ? setting.streams : 0;
    return new Candidate(await Promise.all(starts.map((each) => each(own.url))), own, streams);
  };
  const service = (url: string): Promise<ServerProcess> => startService(setting, url);
  const naive = (url: string): Promise<ServerProcess> => start(setting, [SERVER, "naive-postgres", url]);
  const plain = (url: string): Promise<ServerProcess> =>
    start(setting, [SERVER, "naive-postgres-uncounted", url]);
  return {
    ...storingNothing(setting),
    lyftr: () => onOwnServer("lyftr", true, service),
    "lyftr-streams": () => onOwnServer("lyftr-streams", true, service),
    "lyftr-no-search": () => onOwnServer("lyftr-no-search", false, service),
    "lyftr-two": () => onOwnServer("lyftr-two", true, service, service),
    naive: () => onOwnServer("naive", false, naive),
    "naive-no-counters": () => onOwnServer("naive-no-counters", false, plain),
  };
}

function storingNothing(setting: Setting): Candidates {
  return {
    bare: async () => new Candidate([await start(setting, [SERVER, "bare"])]),
    ceiling: async () => new Candidate([await start(setting, [SERVER, "ceiling"])]),
  };
}

/** As `npm start` runs it. */
function startService(setting: Setting, databaseUrl: string): Promise<ServerProcess> {
  return start(setting, [PROGRAM, "serve"], { DATABASE_URL: databaseUrl });
}

function start(
  { secret }: Setting,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  return ServerProcess.start([...NODE_FLAGS, ...args], {
    WEBHOOK_SECRET: secret,
    PORT: "0",
    HOST: "127.0.0.1",
    LOG_LEVEL: "info",
    ...env,
  });
}
