/** The real service as a process of its own, and its memory as the system sees it. */
import { readFileSync } from "node:fs";
import { type Lifetime, type RunningProgram, startProgram } from "../support/program.ts";

/** Of the end of what it said: a stack or two. */
const STDERR_CHARACTERS = 4_000;

export interface Memory {
  readonly residentMiB: number;
  /** The most it ever was. */
  readonly peakMiB: number;
}

/** As startProgram, without keeping the log: that of a long run is larger than a string can be. */
export async function startMeasured(
  lifetime: Lifetime,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const program = await startProgram(lifetime, { cwd, env });
  program.child.stdout?.removeAllListeners("data").resume();
  return program;
}

/** Null where there is no /proc. */
export function memoryOf({ child }: RunningProgram): Memory | null {
  if (process.platform !== "linux" || hasEnded(child)) return null;
  const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
  const mib = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024);
  return { residentMiB: mib("VmRSS"), peakMiB: mib("VmHWM") };
}

/** In words, when it ended by itself; nothing while it runs. */
export function describeEnd(program: RunningProgram): string[] {
  const { child } = program;
  if (!hasEnded(child)) return [];
  const said = program.stderr().slice(-STDERR_CHARACTERS);
  return [`the service ended with ${child.signalCode ?? child.exitCode}, having said: ${said}`];
}

function hasEnded({ exitCode, signalCode }: RunningProgram["child"]): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Runs `work`, and then ends what it started, however it ended. */
export async function withLifetime<T>(work: (lifetime: Lifetime) => Promise<T>): Promise<T> {
  const ends: (() => unknown)[] = [];
  try {
    return await work({ after: (end) => void ends.push(end) });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
