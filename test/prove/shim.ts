/**
 * Builds shim/faults.c, and drives it in a process that is started with its environment:
 *
 *   new Shim(folder) ─▶ environment() ─▶ LD_PRELOAD … in the program ─▶ rules change while it runs, by set()
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("shim/faults.c", import.meta.url));
const DEBIAN_PACKAGES = ["gcc", "libc6-dev"];

// The values of the enums and the layout of `struct rule` in shim/rules.h.
const CALLS = { open: 1, write: 2, truncate: 4, sync: 8, unlink: 16, rename: 32, read: 64 } as const;
const ACTIONS = { off: 0, count: 1, fail: 2, killBefore: 3, killMiddle: 4, killAfter: 5 } as const;
const RULES = 8;
const RULE_BYTES = 64;
const HITS_OFFSET = 32;
const TIMES_OFFSET = 40;
const PATTERN_OFFSET = 44;
const PATTERN_BYTES_MAX = 19;

export type Call = keyof typeof CALLS;
export type KillAction = "killBefore" | "killMiddle" | "killAfter";

export interface Rule {
  /** `count` lets the call pass; `killMiddle` writes half of it. */
  readonly action: Exclude<keyof typeof ACTIONS, "off">;
  readonly calls: readonly Call[];
  /** Of the file's name without its folder, as fnmatch with extended patterns has it. */
  readonly pattern: string;
  /** Of `fail`. */
  readonly error?: "EIO" | "ENOSPC" | "EROFS";
  /** So many matching calls pass first. */
  readonly callsLeft?: number;
  /** So many written bytes pass first. */
  readonly bytesLeft?: number;
  /** It acts on so many calls; on all, unless given. */
  readonly times?: number;
  /** The place of a rule that must have hit before this one begins to count. */
  readonly after?: number;
}

interface Options {
  /** Gets every event; disk-states.ts reads it. */
  readonly trace?: string;
  readonly withoutSyncs?: boolean;
}

/** Rules over the files below one folder, which is named as realpath names it. */
export class Shim {
  readonly #folder: string;
  readonly #control: string;
  readonly #options: Options;
  readonly #descriptor: number;

  /** `control` is a file to be made, outside of the folder. */
  constructor(folder: string, control: string, options: Options = {}) {
    this.#folder = folder;
    this.#control = control;
    this.#options = options;
    this.#descriptor = openSync(control, "w+");
    this.clear();
  }

  environment(): Record<string, string> {
    const { trace, withoutSyncs = false } = this.#options;
    return {
      LD_PRELOAD: library(),
      LYFTR_SHIM_FOLDER: this.#folder,
      LYFTR_SHIM_CONTROL: this.#control,
      ...(trace !== undefined && { LYFTR_SHIM_TRACE: trace }),
      ...(withoutSyncs && { LYFTR_SHIM_NO_SYNC: "1" }),
    };
  }

  /** Holds from now on, in place of all rules before. */
  set(...rules: readonly Rule[]): void {
    this.clear();
    const written = rules.map(bytesOf);
    written.forEach((bytes, place) => this.#write(bytes, place * RULE_BYTES));
    // The action last, and of the last rule first: a rule that another one waits for must not hit too early.
    for (const [place, { action }] of [...rules.entries()].toReversed()) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(ACTIONS[action]);
      this.#write(bytes, place * RULE_BYTES);
    }
  }

  clear(): void {
    const off = Buffer.alloc(4);
    for (let place = 0; place < RULES; place += 1) this.#write(off, place * RULE_BYTES);
    this.#write(Buffer.alloc(RULES * RULE_BYTES), 0);
  }

  /** How often the rule at that place let something happen. */
  hits(place: number): number {
    const bytes = Buffer.alloc(8);
    readSync(this.#descriptor, bytes, 0, bytes.length, place * RULE_BYTES + HITS_OFFSET);
    return Number(bytes.readBigUInt64LE());
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(bytes: Buffer, at: number): void {
    writeSync(this.#descriptor, bytes, 0, bytes.length, at);
  }
}

/** `struct rule`, still off. */
function bytesOf(rule: Rule): Buffer {
  const { calls, pattern, error = "EIO", callsLeft = 0, bytesLeft = 0, times = 0, after } = rule;
  if (pattern.length > PATTERN_BYTES_MAX) throw new Error(`the pattern ${pattern} is too long`);
  const bytes = Buffer.alloc(RULE_BYTES);
  bytes.writeUInt32LE(
    calls.reduce((set, call) => set | CALLS[call], 0),
    4,
  );
  bytes.writeUInt32LE(constants.errno[error], 8);
  bytes.writeUInt32LE(after === undefined ? 0 : after + 1, 12);
  bytes.writeBigInt64LE(BigInt(callsLeft), 16);
  bytes.writeBigInt64LE(BigInt(bytesLeft), 24);
  bytes.writeUInt32LE(times, TIMES_OFFSET);
  bytes.write(pattern, PATTERN_OFFSET);
  return bytes;
}

let built: string | undefined;

/** The shared object, compiled once a run. */
function library(): string {
  return (built ??= build());
}

function build(): string {
  if (process.platform !== "linux") {
    throw new Error("this proof stands between the program and its files, which it can do on Linux only");
  }
  requireCompiler();
  const folder = mkdtempSync(join(tmpdir(), "lyftr-shim-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "faults.so");
  run("cc", [
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-shared",
    "-fPIC",
    "-o",
    path,
    SOURCE,
    "-ldl",
    "-pthread",
  ]);
  return path;
}

/** Installs one where that is allowed. */
function requireCompiler(): void {
  if (works("cc")) return;
  const advice = `install a C compiler first: apt-get install ${DEBIAN_PACKAGES.join(" ")}, or what your system calls it`;
  if (process.getuid?.() !== 0 || !works("apt-get")) throw new Error(advice);
  run("apt-get", ["update"]);
  run("apt-get", ["install", "-y", "--no-install-recommends", ...DEBIAN_PACKAGES]);
  if (!works("cc")) throw new Error(advice);
}

function works(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${command} failed: ${error?.message ?? stderr}`, { cause: error });
}
