/**
 * `slow-senders`: a thousand connections say nothing or dribble, while a good sender posts as fast as it is answered, over
 * connections that stay and over new ones. A round measures its rate without them, among them, and without them again; then the same with fewer
 * connections allowed than are opened, where nobody waits for a time limit.
 */
import type { RunningProgram } from "../support/program.ts";
import { eventually } from "../support/eventually.ts";
import { Connection } from "./connection.ts";
import { Ledger } from "./ledger.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { describeEnd, startMeasured, withLifetime } from "./service.ts";
import { SLOW_KINDS, type SlowEnd, type SlowKind, SlowSender } from "./slow-sender.ts";
import { shortRequest } from "./storm.ts";

const ATTACKERS = 1_000;
/** Each dribbles a byte in this time. */
const DRIBBLE_MS = 1_000;
/** In how many parts of that time they take turns. */
const TURNS = 20;
const SENDERS = 16;
/** Of so many messages, one comes over a connection that was opened for it. */
const ONE_FRESH_IN = 50;
/** Of each of the two that are compared. A single round, as in `npm test`, compares nothing: it would be a matter of luck. */
const COMPARED_SECONDS = 15;
const SHARE_OF_RATE_MIN = 0.9;
/** What the contract gives to a head and to a whole request, and a second in which Node looks for them. */
const LIVED_SECONDS_MAX: Readonly<Record<SlowKind, number>> = {
  silent: 11,
  head: 11,
  "second head": 11,
  body: 31,
  chunks: 31,
};
/** For a machine that is busy with all this. */
const LATE_SECONDS = 4;
const NARROW_CONNECTIONS = 256;
/** New ones at a time, so that a good one's request comes before as many others are opened as there may be. */
const WAVE = 50;

export const slowSendersProof: Proof = {
  name: "slow-senders",
  promise:
    "1,000 silent or dribbling connections: good messages all taken at 90 % of their rate, the slow cut off in time",
  rounds: 4,
  run: (options) =>
    withLifetime(async (lifetime) => {
      const wide = await startMeasured(lifetime, options.folder);
      const narrowEnv = { CONNECTIONS_MAX: String(NARROW_CONNECTIONS), DATABASE_URL: "sqlite:///narrow.db" };
      const narrow = await startMeasured(lifetime, options.folder, narrowEnv);
      return new SlowSenders(options, wide, narrow).run();
    }),
};

class SlowSenders {
  readonly #options: ProofOptions;
  readonly #wide: RunningProgram;
  readonly #narrow: RunningProgram;
  readonly #ledger: Ledger;
  readonly #broken: string[] = [];
  /** Answers within the time that is compared, without the attack and under it. */
  readonly #answers = { quiet: 0, attacked: 0 };
  readonly #ends: SlowEnd[] = [];
  #cutForRoom = 0;

  constructor(options: ProofOptions, wide: RunningProgram, narrow: RunningProgram) {
    this.#options = options;
    this.#wide = wide;
    this.#narrow = narrow;
    this.#ledger = new Ledger(options.random.below(2 ** 31));
  }

  async run(): Promise<ProofResult> {
    const { rounds } = this.#options;
    let round = 0;
    for (; round < rounds && this.#broken.length === 0; round += 1) {
      try {
        await this.#timeLimits(round);
        await this.#narrowly(round);
      } catch (error) {
        this.#broken.push(`round ${round}: ${String(error)}`);
      }
    }
    const { quiet, attacked } = this.#answers;
    const share = attacked / quiet;
    if (rounds > 1 && share < SHARE_OF_RATE_MIN)
      this.#broken.push(`the good sender kept ${share.toFixed(3)} of its rate`);
    const lived = (kinds: readonly SlowKind[]): string =>
      (
        Math.max(...this.#ends.filter(({ kind }) => kinds.includes(kind)).map(({ livedMs }) => livedMs)) /
        1000
      ).toFixed(1);
    return {
      rounds: round,
      acknowledged: this.#ledger.acknowledged,
      broken: [...describeEnd(this.#wide), ...describeEnd(this.#narrow), ...this.#broken],
      figures: {
        "rate kept": share.toFixed(3),
        "req/s without": Math.round(quiet / (round * this.#comparedSeconds)),
        "slow ones ended": this.#ends.length,
        "of them for room": this.#cutForRoom,
        "longest head, s": lived(["silent", "head", "second head"]),
        "longest body, s": lived(["body", "chunks"]),
      },
    };
  }

  get #comparedSeconds(): number {
    return this.#options.rounds > 1 ? COMPARED_SECONDS : 1;
  }

  async #timeLimits(round: number): Promise<void> {
    const { url } = this.#wide;
    const tell = (doing: string): void => this.#options.progress(round, doing);
    const senders = await Connection.openAll(url, SENDERS);
    const over = new AbortController();
    let answered = 0;
    const sending = senders.map(async (connection) => {
      while (!over.signal.aborted) {
        await this.#send(url, connection);
        answered += 1;
      }
    });
    const compared = async (): Promise<number> => {
      const before = answered;
      await new Promise((resolve) => setTimeout(resolve, this.#comparedSeconds * 1000));
      return answered - before;
    };
    try {
      tell("warming up");
      if (round === 0) await compared();
      tell("measuring the rate without slow senders");
      const before = await compared();
      tell(`attacked by ${ATTACKERS} slow senders`);
      const crowd = new SlowCrowd(url, ATTACKERS);
      this.#answers.attacked += await compared();
      tell("waiting for the last slow sender to be cut off");
      this.#judge(await crowd.end());
      tell("measuring the rate without slow senders again");
      this.#answers.quiet += (before + (await compared())) / 2;
    } finally {
      over.abort();
      await Promise.all(sending);
    }
    await eventually("the connections of the good sender to be the only ones", async () => {
      const open = await this.#connectionsOf(senders[0] as Connection);
      return open === SENDERS || undefined;
    });
    for (const connection of senders) connection.close();
  }

  #judge(ends: readonly SlowEnd[]): void {
    this.#ends.push(...ends);
    for (const { kind, livedMs, lastStatus } of ends) {
      // A silent one waits for no answer.
      if (lastStatus !== 408 && kind !== "silent")
        this.#broken.push(`a slow ${kind} ended with ${lastStatus ?? "nothing"}`);
      if (this.#options.rounds > 1 && livedMs / 1000 > LIVED_SECONDS_MAX[kind] + LATE_SECONDS)
        this.#broken.push(`a slow ${kind} was cut off after ${(livedMs / 1000).toFixed(1)} s`);
    }
  }

  /** Nobody waits for a time limit: who is slow is cut off where room is needed. */
  async #narrowly(round: number): Promise<void> {
    const { url } = this.#narrow;
    this.#options.progress(
      round,
      `${ATTACKERS} slow senders where ${NARROW_CONNECTIONS} connections are allowed`,
    );
    const senders = await Connection.openAll(url, SENDERS);
    const slow: SlowSender[] = [];
    const over = new AbortController();
    const sending = senders.map(async (connection) => {
      while (!over.signal.aborted) await this.#send(url, connection);
    });
    for (let opened = 0; opened < ATTACKERS; opened += WAVE) {
      const wave = Array.from({ length: WAVE }, (_, index) => new SlowSender(url, kindOf(opened + index)));
      slow.push(...wave);
      // Until the service has taken them all and answered others since.
      for (let sent = 0; sent < WAVE; sent += 1) await this.#send(url, senders[0] as Connection);
      for (const one of slow) one.dribble();
    }
    over.abort();
    await Promise.all(sending);
    const open = await this.#connectionsOf(senders[0] as Connection);
    if (open > NARROW_CONNECTIONS)
      this.#broken.push(`${open} connections where ${NARROW_CONNECTIONS} are allowed`);
    for (const connection of senders) connection.close();
    const ended = await Promise.all(slow.slice(0, ATTACKERS - NARROW_CONNECTIONS).map((one) => one.ended));
    this.#cutForRoom += ended.length;
    for (const one of slow) one.close();
  }

  /** One more good message. Throws when it is not answered with 200. */
  async #send(url: string, kept: Connection): Promise<void> {
    const serial = this.#ledger.nextSerial();
    const message = this.#ledger.messageAt(serial);
    const isFresh = serial % ONE_FRESH_IN === 0;
    const connection = isFresh ? await Connection.open(url) : kept;
    const { status, text } = await connection.send(shortRequest(message));
    if (isFresh) connection.close();
    if (status !== 200)
      throw new Error(`${message.message_id} was answered ${status}: ${text.slice(0, 200)}`);
    this.#ledger.acknowledge(serial, message);
  }

  async #connectionsOf(connection: Connection): Promise<number> {
    const { text } = await connection.get("/metrics");
    return Number(/^http_connections (\d+)$/m.exec(text)?.[1]);
  }
}

/** So many at any time: who is cut off comes again, until the end is asked for. */
class SlowCrowd {
  readonly #ends: SlowEnd[] = [];
  readonly #open = new Set<SlowSender>();
  readonly #lives: Promise<void>[];
  readonly #dribbling: NodeJS.Timeout;
  #comesAgain = true;

  constructor(url: string, count: number) {
    this.#lives = Array.from({ length: count }, (_, index) => this.#live(url, kindOf(index)));
    let turn = 0;
    this.#dribbling = setInterval(() => {
      turn += 1;
      let place = 0;
      for (const one of this.#open) if (place++ % TURNS === turn % TURNS) one.dribble();
    }, DRIBBLE_MS / TURNS);
  }

  /** Resolves when the service has cut off the last one. */
  async end(): Promise<readonly SlowEnd[]> {
    this.#comesAgain = false;
    await Promise.all(this.#lives);
    clearInterval(this.#dribbling);
    return this.#ends;
  }

  async #live(url: string, kind: SlowKind): Promise<void> {
    do {
      const one = new SlowSender(url, kind);
      this.#open.add(one);
      this.#ends.push(await one.ended);
      this.#open.delete(one);
    } while (this.#comesAgain);
  }
}

function kindOf(index: number): SlowKind {
  return SLOW_KINDS[index % SLOW_KINDS.length] as SlowKind;
}
