/** A service under a shim, on files of its own, that a proof starts and kills as it likes. */
import assert from "node:assert/strict";
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { request } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningProgram, startProgram } from "../support/program.ts";
import { Shim } from "./shim.ts";

export type ShimOptions = NonNullable<ConstructorParameters<typeof Shim>[2]>;

/** What would outlive a proof that ends early; of those that are dead it kills nothing. */
const ends: (() => unknown)[] = [];
process.once("exit", () => {
  for (const end of ends) end();
});

export class Inbox {
  readonly shim: Shim;
  readonly folder: string;
  readonly databasePath: string;
  #program: RunningProgram | undefined;

  /** Makes `folder`, and lays beside it what the shim needs. */
  constructor(folder: string, options: ShimOptions = {}) {
    mkdirSync(folder, { recursive: true });
    this.folder = realpathSync(folder);
    this.databasePath = join(this.folder, "data", "app.db");
    this.shim = new Shim(this.folder, `${this.folder}.control`, options);
  }

  get program(): RunningProgram {
    if (this.#program === undefined) throw new Error("the inbox was not started");
    return this.#program;
  }

  get url(): string {
    return this.program.url;
  }

  get isDead(): boolean {
    if (this.#program === undefined) return true;
    const { exitCode, signalCode } = this.#program.child;
    return exitCode !== null || signalCode !== null;
  }

  /** Resolves when it is ready, or dead by SIGKILL; throws when it refuses to start. */
  async start(): Promise<"ready" | "killed"> {
    try {
      await this.listen();
    } catch (error) {
      if (error instanceof Error && error.message.includes("(SIGKILL)")) return "killed";
      throw error;
    }
    return this.becomeReady();
  }

  /** Resolves when it listens; throws what it said when it ended before. */
  async listen(): Promise<void> {
    if (!this.isDead) throw new Error("the inbox is running already");
    this.#program = undefined;
    const env = this.shim.environment();
    const after = (end: () => unknown): void => void ends.push(end);
    this.#program = await startProgram({ after }, { cwd: this.folder, env });
  }

  async becomeReady(): Promise<"ready" | "killed"> {
    return eventually("the service to be ready", async () => {
      if (this.isDead) return this.program.child.signalCode === "SIGKILL" ? "killed" : this.#refused();
      const answer = await request(`${this.url}/health/ready`).catch(() => undefined);
      return answer?.status === 200 ? "ready" : undefined;
    });
  }

  /** Also when it is dead already, or never came up. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    return (await this.#program?.stop(signal)) ?? null;
  }

  async close(): Promise<void> {
    await this.stop("SIGKILL");
    this.shim.close();
  }

  #refused(): never {
    throw new Error(`lyftr serve ended (${this.program.child.exitCode}):\n${this.program.stderr()}`);
  }
}

/** Of both files, after the service is gone. */
export function assertSound(databasePath: string): void {
  for (const path of [databasePath, `${databasePath}.journal`]) {
    const database = new DatabaseSync(path);
    try {
      const found = database.prepare("PRAGMA integrity_check").all();
      assert.deepEqual(
        found.map((row) => row["integrity_check"]),
        ["ok"],
        path,
      );
    } finally {
      database.close();
    }
  }
}
