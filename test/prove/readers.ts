/** Readers beside the traffic: every way of asking, and each answer held against what is known when it was asked for. */
import type { Message, Stats } from "../../src/message.ts";
import { comparePlaces } from "../support/model.ts";
import type { Listed } from "../support/listing.ts";
import type { Random } from "../support/random.ts";
import type { Connection } from "./connection.ts";
import { isSame, type Ledger } from "./ledger.ts";
import type { Traffic } from "./traffic.ts";

const PAGE = 50;
const WALKED_PAGES = 3;
/** Words of the load's texts (bench/ingest/load.ts), in the case in which a person might look for them. */
const NEEDLES = ["PARCEL", "bestellung", "घर पर", "ЗАВТРА", "送达", "🚗", "found in none"] as const;
/** More than these would tell nothing new. */
const BROKEN_SHOWN_MAX = 10;

export class Readers {
  reads = 0;
  readonly broken: string[] = [];
  /** Milliseconds of the reads that looked for what had just been acknowledged. */
  readonly readAfterWriteMs: number[] = [];
  readonly #traffic: Traffic;
  readonly #ledger: Ledger;
  readonly #random: Random;

  constructor(traffic: Traffic, random: Random) {
    this.#traffic = traffic;
    this.#ledger = traffic.ledger;
    this.#random = random;
  }

  /** One of the ways of asking, once there is something to ask for. Never throws. */
  async readAny(connection: Connection): Promise<void> {
    if (this.#ledger.acknowledged === 0) return;
    const way = this.#random.pick([
      () => this.#bySender(connection),
      () => this.#byTime(connection),
      () => this.#search(connection),
      () => this.#stats(connection),
      () => this.#walk(connection),
    ]);
    await this.#hold(way);
  }

  /** What was acknowledged before a read began is in it. Never throws. */
  async readAfterWrite(connection: Connection): Promise<void> {
    const message = this.#traffic.recent();
    if (message === undefined) return;
    const started = performance.now();
    await this.#hold(async () => {
      const { status, text } = await connection.get(`/messages/${message.message_id}`);
      if (status !== 200 || !isSame(JSON.parse(text) as Message, message))
        throw new Error(
          `${message.message_id} was acknowledged, and a read after it says ${status}: ${text}`,
        );
    });
    this.readAfterWriteMs.push(performance.now() - started);
  }

  async #hold(read: () => Promise<void>): Promise<void> {
    try {
      await read();
      this.reads += 1;
    } catch (error) {
      if (this.broken.length < BROKEN_SHOWN_MAX) this.broken.push(String(error));
    }
  }

  async #bySender(connection: Connection): Promise<void> {
    const [from, least] = this.#random.pick([...this.#ledger.bySender]);
    const page = await connection.json<Listed>(`/messages?from=${from}&limit=${PAGE}&order=desc`);
    requireOrder(page.data.toReversed());
    require(page.total >= least, `from=${from}: a total of ${page.total}, and ${least} were acknowledged`);
    require(page.data.every((message) => message.from === from), `from=${from} lists others`);
  }

  async #byTime(connection: Connection): Promise<void> {
    const since = this.#ledger.messageAt(this.#random.below(this.#ledger.sent)).ts;
    const page = await connection.json<Listed>(`/messages?since=${since}&limit=${PAGE}`);
    requireOrder(page.data);
    require(page.data.every(({ ts }) => ts >= since), `since=${since} lists what is before it`);
  }

  async #search(connection: Connection): Promise<void> {
    const needle = this.#random.pick(NEEDLES);
    const page = await connection.json<Listed>(`/messages?q=${encodeURIComponent(needle)}&limit=${PAGE}`);
    requireOrder(page.data);
    const found = page.data.every(({ text }) => (text ?? "").toLowerCase().includes(needle.toLowerCase()));
    require(found, `q=${needle} lists what does not hold it`);
  }

  async #stats(connection: Connection): Promise<void> {
    const least = this.#ledger.acknowledged;
    const { total_messages } = await connection.json<Stats>("/stats");
    const most = this.#ledger.sent;
    const isBetween = least <= total_messages && total_messages <= most;
    require(isBetween, `/stats says ${total_messages}: ${least} were acknowledged before, ${most} sent`);
  }

  async #walk(connection: Connection): Promise<void> {
    let target: string | undefined = `/messages?limit=${PAGE}&order=desc`;
    const walked: Message[] = [];
    for (let page = 0; page < WALKED_PAGES && target !== undefined; page += 1) {
      const reply = await connection.get(target);
      require(reply.status === 200, `${target} was answered ${reply.status}`);
      walked.push(...(JSON.parse(reply.text) as Listed).data);
      target = reply.next;
    }
    // Strictly ordered is also: none twice.
    requireOrder(walked.toReversed());
  }
}

function require(holds: boolean, broken: string): void {
  if (!holds) throw new Error(broken);
}

function requireOrder(messages: readonly Message[]): void {
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    if (before !== undefined)
      require(comparePlaces(before, message) <
        0, `${before.message_id} is listed before ${message.message_id}`);
  }
}
