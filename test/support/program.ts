import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { SECRET } from "./sample.ts";

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
export const PROGRAM = fileURLToPath(new URL("../../bin/lyftr.js", import.meta.url));

/** What `npm start` gives to node, from any folder. */
const SERVE = manifest.scripts.start
  .split(" ")
  .slice(1)
  .map((word) => (word === "bin/lyftr.js" ? PROGRAM : word));

type Environment = Readonly<Record<string, string | undefined>>;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command line to its end. `cwd` should be a temporary folder, so that no `.env` is found. */
export async function runProgram(
  args: readonly string[],
  options: { cwd: string; env?: Environment; input?: string | Buffer },
): Promise<Finished> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd,
    env: environment(options.env),
  });
  child.stdin.end(options.input ?? "");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

/** Whatever ends a program that nobody ended: a test, or a proof. */
export interface Lifetime {
  after(end: () => unknown): void;
}

export interface RunningProgram {
  readonly url: string;
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** `lyftr serve` as a process of its own, once it listens. PORT is any free one unless given. Killed with the test. */
export async function startProgram(
  t: Lifetime,
  options: { cwd: string; env?: Environment },
): Promise<RunningProgram> {
  const child = spawn(process.execPath, SERVE, {
    cwd: options.cwd,
    env: environment({ PORT: "0", ...options.env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const closed = once(child, "close");
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const found = /"url":"([^"]+)".*"message":"listening"/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", look);
    const end = (): string => child.signalCode ?? `exit code ${child.exitCode}`;
    void closed.then(() => reject(new Error(`lyftr serve ended (${end()}) before it listened:\n${stderr}`)));
  });
  return {
    url,
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    async stop(signal) {
      child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
}

/** What it has logged so far. */
export function logLinesOf(program: RunningProgram): Record<string, unknown>[] {
  const lines = program.stdout().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
}

function environment(given: Environment = {}): NodeJS.ProcessEnv {
  const own = { ...process.env };
  // The settings of whoever runs the tests must not reach the program: its database could be a real one.
  // The test runner's mark would change how a program that is a test's child reports.
  const foreign = new Set([
    "WEBHOOK_SECRET_PREVIOUS",
    "DATABASE_URL",
    "HOST",
    "PORT",
    "LOG_LEVEL",
    "NODE_TEST_CONTEXT",
  ]);
  for (const name of Object.keys(own)) if (foreign.has(name) || name.startsWith("OTEL_")) delete own[name];
  const env: NodeJS.ProcessEnv = { ...own, WEBHOOK_SECRET: SECRET, ...given };
  for (const [name, value] of Object.entries(env)) if (value === undefined) delete env[name];
  return env;
}
