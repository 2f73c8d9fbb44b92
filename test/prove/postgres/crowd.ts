/** Processes of the service on one database, all of which are sent the same ids. */
import assert from "node:assert/strict";
import type { Message } from "../../../src/message.ts";
import { post, request } from "../../support/client.ts";
import { webhookResults } from "../../support/figures.ts";
import { walk } from "../../support/listing.ts";
import { Model } from "../../support/model.ts";
import { type Lifetime, type RunningProgram, startProgram } from "../../support/program.ts";
import { inAnyOrder } from "../../support/random.ts";
import type { ProofOptions } from "../proof.ts";

export const PROCESSES = 3;
const CONNECTIONS_EACH = 8;
export const IDS_A_ROUND = 200;
/** In a hundred ids, those of which each process gets another content. */
const CONTESTED_PERCENT = 10;
/** In a hundred rounds, the first excepted, those in which a process is killed. */
const KILLED_PERCENT = 25;

interface Id {
  readonly id: string;
  readonly isContested: boolean;
}

export class Crowd {
  kills = 0;
  sent = 0;
  readonly #options: ProofOptions;
  readonly #url: string;
  readonly #lifetime: Lifetime;
  readonly #programs: RunningProgram[] = [];
  readonly #contents = new Map<string, readonly Message[]>();

  constructor(options: ProofOptions, url: string, lifetime: Lifetime) {
    this.#options = options;
    this.#url = url;
    this.#lifetime = lifetime;
  }

  /** All at once, on an empty database. */
  async start(): Promise<void> {
    this.#programs.push(...(await Promise.all(Array.from({ length: PROCESSES }, () => this.#startOne()))));
  }

  /** Throws an AssertionError that says what broke. */
  async round(number: number): Promise<void> {
    const { random, progress } = this.#options;
    const ids = Array.from({ length: IDS_A_ROUND }, (_, index) => ({
      id: `${number} ${index}`,
      isContested: random.below(100) < CONTESTED_PERCENT,
    }));
    for (const id of ids)
      this.#contents.set(
        id.id,
        Array.from({ length: PROCESSES }, (_, n) => contentOf(id, n)),
      );
    const killed = number > 0 && random.below(100) < KILLED_PERCENT ? random.below(PROCESSES) : null;
    progress(number, killed === null ? "sending to all at once" : "sending to all, and killing one");
    if (killed === null) await this.#calm(ids);
    else await this.#killing(ids, killed);
  }

  /** What every process tells must be the same, and what was sent. */
  async compare(): Promise<void> {
    const told = await Promise.all(
      this.#programs.map(async ({ url }) => {
        const { pages } = await walk(url, "limit=100");
        return { messages: pages.flatMap(({ data }) => data), stats: (await request(`${url}/stats`)).json };
      }),
    );
    const model = new Model();
    for (const message of told[0]?.messages ?? []) {
      assert.equal(model.append(message), "created", `${message.message_id} is there twice`);
      const contents = this.#contents.get(message.message_id) ?? [];
      assert.ok(
        contents.some((content) => JSON.stringify(content) === JSON.stringify(message)),
        `${message.message_id} is not what was sent`,
      );
    }
    assert.equal(told[0]?.messages.length, this.#contents.size, "every id is there");
    for (const each of told) assert.deepEqual(each, { messages: model.find(), stats: model.stats() });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop("SIGTERM")));
  }

  async #calm(ids: readonly Id[]): Promise<void> {
    const before = await this.#results();
    const unanswered = await this.#sendToAll(ids);
    assert.deepEqual(unanswered, [], "every message was answered with 200");
    const after = await this.#results();
    const contested = ids.filter(({ isContested }) => isContested).length;
    const others = PROCESSES - 1;
    assert.deepEqual(
      {
        created: after.created - before.created,
        duplicate: after.duplicate - before.duplicate,
        conflict: after.conflict - before.conflict,
      },
      {
        created: ids.length,
        duplicate: others * (ids.length - contested),
        conflict: others * contested,
      },
      "results over all processes",
    );
  }

  async #killing(ids: readonly Id[], killed: number): Promise<void> {
    const program = this.#programs[killed] as RunningProgram;
    const enough = this.sent + this.#options.random.below(IDS_A_ROUND * PROCESSES);
    const onSent = (): void => {
      if (this.sent === enough) program.child.kill("SIGKILL");
    };
    const unanswered = await this.#sendToAll(ids, onSent);
    await program.stop("SIGKILL");
    this.kills += 1;
    const other = this.#programs[(killed + 1) % PROCESSES] as RunningProgram;
    for (const message of unanswered) assert.equal((await post(other.url, message)).status, 200);
    this.#programs[killed] = await this.#startOne();
  }

  /** Each process gets every id, in an order of its own; what was not answered with 200 is returned. */
  async #sendToAll(ids: readonly Id[], onSent: () => void = () => undefined): Promise<Message[]> {
    const unanswered: Message[] = [];
    const connection = async (url: string, left: Message[]): Promise<void> => {
      for (let message = left.pop(); message !== undefined; message = left.pop()) {
        const answer = await post(url, message).catch(() => undefined);
        this.sent += 1;
        onSent();
        if (answer?.status !== 200) unanswered.push(message);
      }
    };
    await Promise.all(
      this.#programs.flatMap(({ url }, process) => {
        const left = inAnyOrder(ids, this.#options.random).map((id) => contentOf(id, process));
        return Array.from({ length: CONNECTIONS_EACH }, () => connection(url, left));
      }),
    );
    return unanswered;
  }

  async #results(): Promise<Record<"created" | "duplicate" | "conflict", number>> {
    const each = await Promise.all(this.#programs.map(({ url }) => webhookResults(url)));
    const sum = (result: "created" | "duplicate" | "conflict"): number =>
      each.reduce((total, results) => total + (results[result] ?? 0), 0);
    return { created: sum("created"), duplicate: sum("duplicate"), conflict: sum("conflict") };
  }

  #startOne(): Promise<RunningProgram> {
    return startProgram(this.#lifetime, {
      cwd: this.#options.folder,
      env: { DATABASE_URL: this.#url },
    });
  }
}

function contentOf({ id, isContested }: Id, process: number): Message {
  const serial = Number(id.split(" ")[1]);
  return {
    message_id: id,
    from: `+1415${serial % 7}`,
    to: "+14155550100",
    ts: `2025-01-15T10:${String(serial % 60).padStart(2, "0")}:00Z`,
    text: isContested ? `of ${process}` : "Hello",
  };
}
