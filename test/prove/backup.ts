/**
 * `backup`: made while messages pour in, by the engines in turn, in some rounds with the service killed meanwhile; then restored
 * elsewhere, and every message that was acknowledged before the backup began has to be there as it was sent.
 */
import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Message } from "../../src/message.ts";
import { askDatabase } from "../support/ask-database.ts";
import { request } from "../support/client.ts";
import { letServersIn, type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { type Lifetime, type RunningProgram, runProgram, startProgram } from "../support/program.ts";
import { assertKept } from "../support/sender.ts";
import { ProofLoad } from "./load.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { withLifetime } from "./service.ts";

const CONNECTIONS = 8;
/** Acknowledged in a round before its backup begins: so the moment is any. */
const MESSAGES_BEFORE_MAX = 400;
/** Acknowledged after it began, before the service is killed. */
const MESSAGES_BEFORE_KILL_MAX = 300;
const KILL_PERCENT = 40;
/** Then on a fresh database: a round reads all there is. */
const ROUNDS_ON_SAME_DATABASE = 12;

/** Where the messages of one engine are kept, and what was sent there. */
class Source {
  readonly url: string;
  readonly load: ProofLoad;
  readonly #folder: string;
  readonly #lifetime: Lifetime;
  #program: RunningProgram | undefined;
  #sending: Promise<void> | undefined;
  #isEnough = false;

  constructor(url: string, folder: string, { random }: ProofOptions, lifetime: Lifetime) {
    mkdirSync(folder, { recursive: true });
    [this.url, this.#folder, this.#lifetime, this.load] = [url, folder, lifetime, new ProofLoad(random)];
  }

  /** Starts what is not running, and sends until it is stopped. Resolves when so many more are acknowledged. */
  async pour(more: number): Promise<void> {
    const env = { DATABASE_URL: this.url };
    const program = (this.#program ??= await startProgram(this.#lifetime, { cwd: this.#folder, env }));
    this.#isEnough = false;
    const poured = this.acknowledged(more);
    this.#sending = this.load.run(program.url, CONNECTIONS, () => this.#isEnough);
    await poured;
  }

  /** Resolves when so many more are acknowledged. */
  acknowledged(more: number): Promise<void> {
    const enough = this.load.acknowledged.size + more;
    return new Promise((resolve) => {
      this.load.onAcknowledged = () => {
        if (this.load.acknowledged.size >= enough) resolve();
      };
      if (more === 0) resolve();
    });
  }

  async kill(): Promise<void> {
    await this.#program?.stop("SIGKILL");
    this.#program = undefined;
  }

  async rest(): Promise<void> {
    this.#isEnough = true;
    await this.#sending;
  }

  async end(): Promise<void> {
    await this.rest();
    await this.#program?.stop("SIGTERM");
    this.#program = undefined;
  }
}

class Rounds {
  readonly broken: string[] = [];
  readonly figures = { "of SQLite": 0, "of PostgreSQL": 0, kills: 0, "messages restored": 0 };
  acknowledged = 0;
  readonly #options: ProofOptions;
  readonly #lifetime: Lifetime;
  readonly #server: PostgresServer;
  readonly #sources = new Map<string, Source>();

  constructor(options: ProofOptions, lifetime: Lifetime, server: PostgresServer) {
    [this.#options, this.#lifetime, this.#server] = [options, lifetime, server];
  }

  async round(number: number): Promise<void> {
    const engine = number % 2 === 0 ? "SQLite" : "PostgreSQL";
    try {
      await this.#round(number, engine, await this.#sourceOf(engine, number));
      this.figures[`of ${engine}`] += 1;
    } catch (error) {
      this.broken.push(`round ${number + 1}, ${engine}: ${String(error)}`);
      await this.#leave(engine);
    }
  }

  async finish(): Promise<void> {
    for (const engine of this.#sources.keys()) await this.#leave(engine);
  }

  async #round(number: number, engine: string, source: Source): Promise<void> {
    const { random, folder, progress } = this.#options;
    progress(number, `${engine}: backing up under load`);
    await source.pour(random.below(MESSAGES_BEFORE_MAX));
    // What is acknowledged from here on may be in it or not.
    const before = new Set(source.load.acknowledged);
    const backup = join(folder, `backup-${number}`);
    const making = run(source.url, folder, ["backup", backup]);
    if (random.below(100) < KILL_PERCENT) {
      await source.acknowledged(random.below(MESSAGES_BEFORE_KILL_MAX));
      await source.kill();
      this.figures.kills += 1;
    }
    await making;
    await source.rest();

    progress(number, `${engine}: restoring and comparing`);
    const target = await this.#emptyPlace(engine, number);
    await run(target, folder, ["restore", backup]);
    const found = await this.#served(target);
    assertKept(found, { sent: source.load.sent, acknowledged: before });
    this.figures["messages restored"] += found.length;
    await run(target, folder, ["check"]);
    rmSync(backup, { recursive: true });
  }

  /** All that a service on it gives out, and stops again. */
  async #served(url: string): Promise<Message[]> {
    const { folder } = this.#options;
    const program = await startProgram(this.#lifetime, { cwd: folder, env: { DATABASE_URL: url } });
    const { json } = await request(`${program.url}/stats`);
    const ndjson = await run(url, folder, ["export"]);
    assert.equal(await program.stop("SIGTERM"), 0);
    const found = ndjson.split("\n").slice(0, -1);
    assert.equal((json as { total_messages: number }).total_messages, found.length, "the figure of /stats");
    return found.map((line) => JSON.parse(line) as Message);
  }

  async #sourceOf(engine: string, number: number): Promise<Source> {
    if (number % (2 * ROUNDS_ON_SAME_DATABASE) < 2) await this.#leave(engine);
    const known = this.#sources.get(engine);
    if (known !== undefined) return known;
    const folder = join(this.#options.folder, `source-${number}`);
    const url =
      engine === "SQLite" ? `sqlite:///${join(folder, "app.db")}` : await this.#database(`source_${number}`);
    const source = new Source(url, folder, this.#options, this.#lifetime);
    this.#sources.set(engine, source);
    return source;
  }

  #emptyPlace(engine: string, number: number): Promise<string> {
    if (engine === "PostgreSQL") return this.#database(`target_${number}`);
    return Promise.resolve(`sqlite:///${join(this.#options.folder, `target-${number}`, "app.db")}`);
  }

  async #database(name: string): Promise<string> {
    await askDatabase(this.#server.urlOf("postgres"), `CREATE DATABASE ${name}`);
    return this.#server.urlOf(name);
  }

  async #leave(engine: string): Promise<void> {
    const source = this.#sources.get(engine);
    this.#sources.delete(engine);
    await source?.end();
    this.acknowledged += source?.load.acknowledged.size ?? 0;
  }
}

/** What it said on stdout. Throws what it said on stderr when it failed. */
async function run(url: string, cwd: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(args, { cwd, env: { DATABASE_URL: url } });
  if (code !== 0) throw new Error(`lyftr ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

async function runAll(options: ProofOptions): Promise<ProofResult> {
  letServersIn(options.folder);
  return withLifetime(async (lifetime) => {
    const server = await startPostgresServer(join(options.folder, "server"));
    lifetime.after(() => server.stop("end"));
    const rounds = new Rounds(options, lifetime, server);
    for (let number = 0; number < options.rounds; number += 1) await rounds.round(number);
    await rounds.finish();
    const { acknowledged, broken, figures } = rounds;
    return { rounds: options.rounds, acknowledged, broken, figures };
  });
}

export const backupProof: Proof = {
  name: "backup",
  promise: "a backup under load, restored elsewhere, has every message that was acknowledged before it began",
  rounds: 60,
  run: runAll,
};
