/**
 * `overload`: thousands of connections at once send more than the queue holds; what was refused is sent again. Rounds
 * take turns: a message as large as may be on each connection, short ones one after the other, short ones all at once.
 */
import { readFileSync } from "node:fs";
import type { Message, Stats } from "../../src/message.ts";
import type { RunningProgram } from "../support/program.ts";
import { Connection } from "./connection.ts";
import { compareKept } from "./kept.ts";
import { composeShort, isSame, Ledger } from "./ledger.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { describeEnd, memoryOf, startMeasured, withLifetime } from "./service.ts";
import { composeLong, longRequest, Outcomes, type Shot, shortRequest } from "./storm.ts";

const CONNECTIONS = 2_000;
/** One large body each is 130 MB on its way, where the queue takes 64 MiB. */
const LONG = { what: "long", each: 1, fire: inTurn } as const;
const SHORT = { what: "short", each: 4, fire: inTurn } as const;
/** 24,000 on their way, where the queue takes 10,000. */
const PIPELINED = { what: "pipelined", each: 12, fire: atOnce } as const;
const STORMS = [LONG, SHORT, PIPELINED] as const;
/** Serials of a turn of all storms: each has one more, which is sent when it is over. */
const PER_TURN = STORMS.reduce((sum, { each }) => sum + CONNECTIONS * each + 1, 0);
/** Files of this process beside the connections. */
const FILES_BESIDE = 200;
/** Few enough that all that was refused finds room. */
const RESENDING_CONNECTIONS = 64;
/** To compare over: enough to keep the reader busy. */
const COMPARING_CONNECTIONS = 4;
/**
 * Of the service at its worst. What it may hold at once: 2,000 bodies that are coming in (130 MB), a full queue (64 MiB,
 * and as much again parsed), what is not yet indexed (128 MiB) in two threads, and each of four threads collects its
 * garbage late. Measured: 700 MiB after three rounds, 1,010 MiB after 27, the last nine of which added 40.
 */
const MEMORY_MIB_MAX = 1_280;

export const overloadProof: Proof = {
  name: "overload",
  promise:
    "2,000 connections: every answer 200 or 503, each 200 kept once, memory bounded, next message at once",
  rounds: 9,
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
  #readMs = 0;
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
      const from = this.#ledger.sent;
      try {
        await this.#storm(STORMS[round % STORMS.length] as Storm, tell);
        await this.#resend(tell);
        await this.#compare(from, tell);
      } catch (error) {
        broken.push(`round ${round}: ${String(error)}`);
      }
    }
    const memory = memoryOf(this.#service);
    if (memory !== null && memory.peakMiB > MEMORY_MIB_MAX)
      broken.push(`the service grew to ${memory.peakMiB} MiB; the bound is ${MEMORY_MIB_MAX} MiB`);
    return {
      rounds: round,
      acknowledged: this.#ledger.acknowledged,
      broken: [...describeEnd(this.#service), ...broken],
      figures: {
        "req/s": Math.round(this.#ledger.sent / this.#stormSeconds),
        refused: this.#outcomes.refusals,
        "next 200 after, ms": Math.round(this.#recoveryMs),
        "read of it after, ms": Math.round(this.#readMs),
        "peak MiB": memory?.peakMiB ?? "-",
        "MiB after": memory?.residentMiB ?? "-",
      },
    };
  }

  async #storm({ what, each, fire }: Storm, tell: (doing: string) => void): Promise<void> {
    // Made before anything connects: a connection that is silent for 10 s is closed, as the contract says.
    tell(`making ${what} messages`);
    const volleys = Array.from({ length: CONNECTIONS }, () =>
      Array.from({ length: each }, () => this.#nextShot()),
    );
    tell(`connecting ${CONNECTIONS} times`);
    const connections = await Connection.openAll(this.#service.url, CONNECTIONS);
    tell(`sending ${what} messages`);
    const started = performance.now();
    const firing = connections.map((connection, index) =>
      fire(volleys[index] ?? [], (shot) => this.#outcomes.fire(connection, shot)),
    );
    await Promise.all(firing);
    this.#stormSeconds += (performance.now() - started) / 1000;
    await this.#recover(connections[0] as Connection);
    for (const connection of connections) connection.close();
  }

  /** The first message after the storm is taken at once, and a read shows it. */
  async #recover(connection: Connection): Promise<void> {
    const { broken } = this.#outcomes;
    const shot = this.#nextShot();
    const { message_id } = shot.message;
    const started = performance.now();
    await this.#outcomes.fire(connection, shot);
    this.#recoveryMs = Math.max(this.#recoveryMs, performance.now() - started);
    if (!this.#ledger.isAcknowledged(shot.serial))
      return void broken.push(`${message_id}, sent after the storm, was refused`);
    const kept = await connection.json<Message>(`/messages/${message_id}`);
    this.#readMs = Math.max(this.#readMs, performance.now() - started);
    if (!isSame(kept, shot.message))
      broken.push(`${message_id}, sent after the storm, is not what a read shows`);
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

  async #compare(from: number, tell: (doing: string) => void): Promise<void> {
    const { broken } = this.#outcomes;
    const to = this.#ledger.sent;
    const connections = await Connection.openAll(this.#service.url, COMPARING_CONNECTIONS);
    const tellChecked = (checked: number): void => tell(`compared ${checked} of ${to - from} messages`);
    broken.push(...(await compareKept(connections, this.#ledger, { from, to }, tellChecked)));
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

type Storm = (typeof STORMS)[number];
type Fire = (shot: Shot) => Promise<void>;

async function inTurn(shots: readonly Shot[], fire: Fire): Promise<void> {
  for (const shot of shots) await fire(shot);
}

async function atOnce(shots: readonly Shot[], fire: Fire): Promise<void> {
  await Promise.all(shots.map(fire));
}

function isLong(serial: number): boolean {
  return serial % PER_TURN < CONNECTIONS * LONG.each;
}

/** Throws when this process, and so the service that it starts, may not open as many files as the proof needs. */
function requireFiles(): void {
  if (process.platform !== "linux") return;
  const limits = readFileSync("/proc/self/limits", "latin1");
  const files = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  const needed = CONNECTIONS + FILES_BESIDE;
  if (files !== undefined && Number(files) < needed)
    throw new Error(
      `a process may open ${files} files here, and overload needs ${needed}: ulimit -n ${needed}`,
    );
}
