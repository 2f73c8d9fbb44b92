/**
 * `overload`: thousands of connections at once send more than the queue holds. A round is one storm: a message as
 * large as may be on each connection, then short ones one after the other, then a burst of pipelined ones; then what
 * was refused, again.
 */
import { readFileSync } from "node:fs";
import type { Message, Stats } from "../../src/message.ts";
import type { RunningProgram } from "../support/program.ts";
import { Connection } from "./connection.ts";
import { compareKept } from "./kept.ts";
import { composeShort, isSame, Ledger } from "./ledger.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { memoryOf, startMeasured, withLifetime } from "./service.ts";
import { composeLong, longRequest, Outcomes, type Shot, shortRequest } from "./storm.ts";

const CONNECTIONS = 2_000;
/** One large body each is 130 MB on its way, where the queue takes 64 MiB. */
const LONG_EACH = 1;
const SHORT_EACH = 4;
/** Sent at once on each connection: 16,000 on their way, where the queue takes 10,000. */
const PIPELINED_EACH = 8;
/** And one after the storm. */
const PER_ROUND = CONNECTIONS * (LONG_EACH + SHORT_EACH + PIPELINED_EACH) + 1;
/** Files of this process beside the connections. */
const FILES_BESIDE = 200;
/** Few enough that all that was refused finds room. */
const RESENDING_CONNECTIONS = 64;
/** To compare over: enough to keep the reader busy. */
const COMPARING_CONNECTIONS = 4;
/** Of the service at its worst. PENDING */
const MEMORY_MIB_MAX = 700;

export const overloadProof: Proof = {
  name: "overload",
  promise: "2,000 connections: every answer 200 or 503, each 200 kept once, memory bounded, next message at once",
  rounds: 8,
  run: (options) =>
    withLifetime(async (lifetime) => {
      requireFiles();
      return new Overload(options, await startMeasured(lifetime, options.folder)).run();
    }),
};

class Overload {
  readonly #options: ProofOptions;
  readonly #service: RunningProgram;
  readonly #ledger: Ledger;
  readonly #outcomes: Outcomes;
  #recoveryMs = 0;
  #stormSeconds = 0;

  constructor(options: ProofOptions, service: RunningProgram) {
    this.#options = options;
    this.#service = service;
    this.#ledger = new Ledger(options.random.below(2 ** 31), (serial, random) =>
      isLong(serial) ? composeLong(serial, random) : composeShort(serial, random),
    );
    this.#outcomes = new Outcomes(this.#ledger);
  }

  async run(): Promise<ProofResult> {
    const { broken } = this.#outcomes;
    let round = 0;
    for (; round < this.#options.rounds && broken.length === 0; round += 1) {
      const tell = (doing: string): void => this.#options.progress(round, doing);
      await this.#storm(tell);
      await this.#resend(tell);
      await this.#compare(tell);
    }
    const memory = memoryOf(this.#service);
    if (memory !== null && memory.peakMiB > MEMORY_MIB_MAX)
      broken.push(`the service grew to ${memory.peakMiB} MiB; the bound is ${MEMORY_MIB_MAX} MiB`);
    return {
      rounds: round,
      acknowledged: this.#ledger.acknowledged,
      broken,
      figures: {
        "req/s": Math.round((round * PER_ROUND) / this.#stormSeconds),
        refused: this.#outcomes.refusals,
        "first 200 after, ms": Math.round(this.#recoveryMs),
        "peak MiB": memory?.peakMiB ?? "-",
        "MiB after": memory?.residentMiB ?? "-",
      },
    };
  }

  async #storm(tell: (doing: string) => void): Promise<void> {
    tell(`connecting ${CONNECTIONS} times`);
    const connections = await Connection.openAll(this.#service.url, CONNECTIONS);
    try {
      for (const [what, each, fire] of [
        ["long", LONG_EACH, inTurn],
        ["short", SHORT_EACH, inTurn],
        ["pipelined", PIPELINED_EACH, atOnce],
      ] as const) {
        tell(`making ${what} messages`);
        const volleys = connections.map(() => Array.from({ length: each }, () => this.#nextShot()));
        tell(`storm of ${what} messages`);
        const started = performance.now();
        await Promise.all(
          connections.map((connection, index) =>
            fire(volleys[index] ?? [], (shot) => this.#outcomes.fire(connection, shot)),
          ),
        );
        this.#stormSeconds += (performance.now() - started) / 1000;
        if (process.env["X"]) console.error(what, (performance.now()-started).toFixed(), this.#outcomes.refusals, memoryOf(this.#service));
      }
      await this.#recover(connections[0] as Connection);
    } finally {
      for (const connection of connections) connection.close();
    }
  }

  /** The first message after the storm is taken at once, and a read shows it. */
  async #recover(connection: Connection): Promise<void> {
    const { broken } = this.#outcomes;
    const shot = this.#nextShot();
    const { message_id } = shot.message;
    const started = performance.now();
    await this.#outcomes.fire(connection, shot);
    this.#recoveryMs = Math.max(this.#recoveryMs, performance.now() - started);
    if (process.env["X"]) console.error("recover", (performance.now()-started).toFixed());
    if (!this.#ledger.isAcknowledged(shot.serial)) broken.push(`${message_id}, sent after the storm, was refused`);
    else if (!isSame(await connection.json<Message>(`/messages/${message_id}`), shot.message))
      broken.push(`${message_id}, sent after the storm, is not what a read shows`);
    if (process.env["X"]) console.error("recover read", (performance.now()-started).toFixed());
  }

  /** What was refused is taken when it is sent again over fewer connections: then all that was sent is kept. */
  async #resend(tell: (doing: string) => void): Promise<void> {
    const refused = this.#outcomes.refused.splice(0);
    tell(`sending ${refused.length} refused ones again`);
    const connections = await Connection.openAll(this.#service.url, RESENDING_CONNECTIONS);
    await Promise.all(
      connections.map(async (connection) => {
        for (let shot = refused.pop(); shot !== undefined; shot = refused.pop())
          await this.#outcomes.fire(connection, shot);
        connection.close();
      }),
    );
    for (const { message } of this.#outcomes.refused.splice(0))
      this.#outcomes.broken.push(`${message.message_id} was refused again after the storm`);
  }

  async #compare(tell: (doing: string) => void): Promise<void> {
    const { broken } = this.#outcomes;
    const to = this.#ledger.sent;
    const connections = await Connection.openAll(this.#service.url, COMPARING_CONNECTIONS);
    const range = { from: to - PER_ROUND, to };
    const tellChecked = (checked: number): void => tell(`compared ${checked} of ${PER_ROUND} messages`);
    broken.push(...(await compareKept(connections, this.#ledger, range, tellChecked)));
    const total = (await (connections[0] as Connection).json<Stats>("/stats")).total_messages;
    if (total !== this.#ledger.acknowledged)
      broken.push(`${total} messages are kept, and ${this.#ledger.acknowledged} were acknowledged`);
    for (const connection of connections) connection.close();
  }

  #nextShot(): Shot {
    const serial = this.#ledger.nextSerial();
    const message = this.#ledger.messageAt(serial);
    return { serial, message, request: isLong(serial) ? longRequest(message) : shortRequest(message) };
  }
}

type Fire = (shot: Shot) => Promise<void>;

async function inTurn(shots: readonly Shot[], fire: Fire): Promise<void> {
  for (const shot of shots) await fire(shot);
}

async function atOnce(shots: readonly Shot[], fire: Fire): Promise<void> {
  await Promise.all(shots.map(fire));
}

function isLong(serial: number): boolean {
  return serial % PER_ROUND < CONNECTIONS * LONG_EACH;
}

/** Throws when this process, and so the service that it starts, may not open as many files as the proof needs. */
function requireFiles(): void {
  if (process.platform !== "linux") return;
  const limits = readFileSync("/proc/self/limits", "latin1");
  const files = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  const needed = CONNECTIONS + FILES_BESIDE;
  if (files !== undefined && Number(files) < needed)
    throw new Error(`a process may open ${files} files here, and overload needs ${needed}: ulimit -n ${needed}`);
}
