/**
 * Each fault of a disk comes and goes under load: what cannot be kept is answered with 503, what was acknowledged
 * stays, and the service goes on by itself. A round is one fault; after each has come once, the service is also
 * stopped while it lasts, and started.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { request } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { until } from "../support/until.ts";
import { type Fault, FAULTS } from "./disk-faults.ts";
import { assertSound, Inbox } from "./inbox.ts";
import { ProofLoad } from "./load.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { assertWhole } from "./recount.ts";

const CONNECTIONS = 3;
/** Acknowledged before the fault comes, and again after it went. */
const MESSAGES_BEFORE = 40;
/** While it lasts, answers that are waited for, twice. */
const ANSWERS_DURING = 20;
/** Of the messages, to fill the logs. */
const LONG_PERCENT = 90;

class DiskRounds {
  readonly load: ProofLoad;
  readonly broken: string[] = [];
  readonly #options: ProofOptions;
  readonly #inbox: Inbox;

  constructor(options: ProofOptions) {
    this.#options = options;
    this.#inbox = new Inbox(join(options.folder, "files"));
    this.load = new ProofLoad(options.random);
  }

  async round(number: number): Promise<void> {
    const { progress, rounds } = this.#options;
    const fault = FAULTS[number % FAULTS.length] as Fault;
    const isFirst = number < FAULTS.length;
    progress(number, fault.name);
    try {
      if (number === 0) assert.equal(await this.#inbox.start(), "ready");
      await this.#underLoad(fault);
      if (!isFirst) await this.#acrossStop(fault);
      if (isFirst && number + 1 < rounds) return;
      await this.#inbox.stop("SIGKILL");
      assert.equal(await this.#inbox.start(), "ready");
      await this.#whole();
    } catch (error) {
      this.broken.push(`round ${number + 1} of ${rounds}, ${fault.name}: ${String(error)}`);
      this.#inbox.shim.clear();
      await this.#inbox.stop("SIGKILL");
      // Where it does not start again, the next round says so.
      await this.#inbox.start().catch(() => undefined);
    }
  }

  async finish(): Promise<void> {
    await this.#inbox.close();
    assertSound(this.#inbox.databasePath);
    const odd = [...this.load.answers.keys()].filter((status) => status !== 200 && status !== 503);
    if (odd.length > 0) this.broken.push(`messages were answered with ${odd.join(", ")}`);
  }

  /** The fault comes and goes while messages arrive. */
  async #underLoad(fault: Fault): Promise<void> {
    const { load } = this;
    let done = false;
    const loading = load.run(this.#inbox.url, CONNECTIONS, () => done);
    try {
      await this.#moreAcknowledged("before");
      const end = fault.begin(this.#inbox, this.#options.random);
      try {
        await this.#during(fault);
      } finally {
        end();
      }
      await this.#moreAcknowledged("after");
      await this.#eventuallyReads(200);
    } finally {
      done = true;
      await loading;
    }
    await this.#whole();
  }

  async #during({ posts, reads, reason, isSlow, needsPages }: Fault): Promise<void> {
    const logged = this.#inbox.program.stdout().length;
    if (reason !== undefined) {
      await until(`the log to tell of ${reason}`, () =>
        reason.test(this.#inbox.program.stdout().slice(logged)),
      );
    }
    if (isSlow) return;
    if (needsPages) {
      const { longPercent } = this.load;
      this.load.longPercent = LONG_PERCENT;
      await until("a log to be folded back", () => this.#inbox.shim.hits(0) > 0);
      this.load.longPercent = longPercent;
    }
    const awaited = posts === undefined ? [200, 503] : [posts === "refused" ? 503 : 200];
    // What was on its way when the fault came is settled behind the first of them.
    await this.#moreAnswers(awaited, ANSWERS_DURING);
    const { size } = this.load.acknowledged;
    const refused = this.load.answers.get(503) ?? 0;
    await this.#moreAnswers(awaited, ANSWERS_DURING);
    if (posts === "refused")
      assert.equal(this.load.acknowledged.size, size, "taken, though it cannot be kept");
    if (posts === "go on") assert.equal(this.load.answers.get(503) ?? 0, refused, "refused without need");
    if (reads === "refused") await this.#eventuallyReads(503);
    if (reads === "go on") await this.#eventuallyReads(200);
  }

  async #moreAnswers(statuses: readonly number[], more: number): Promise<void> {
    const count = (): number =>
      statuses.reduce((sum, status) => sum + (this.load.answers.get(status) ?? 0), 0);
    const enough = count() + more;
    await until(`answers ${statuses.join(" or ")}`, () => count() >= enough);
  }

  /** Stopped while the fault lasts, then started in it: it may refuse that, but must say why, and hurt nothing. */
  async #acrossStop(fault: Fault): Promise<void> {
    const inbox = this.#inbox;
    const end = fault.begin(inbox, this.#options.random);
    try {
      inbox.program.child.kill("SIGTERM");
      await until("the service to stop", () => inbox.isDead);
      await inbox.listen().catch((error: unknown) => {
        assert.match(String(error), /ended \(exit code [12]\) before it listened:\n.*\S/s);
      });
    } finally {
      end();
    }
    // Where it did start, it goes on by itself now.
    if (!inbox.isDead) await inbox.becomeReady();
  }

  async #moreAcknowledged(when: string): Promise<void> {
    const enough = this.load.acknowledged.size + MESSAGES_BEFORE;
    await until(`messages to be acknowledged ${when} the fault`, () => this.load.acknowledged.size >= enough);
  }

  async #eventuallyReads(status: number): Promise<void> {
    await eventually(`reads to be answered with ${status}`, async () => {
      const answer = await request(`${this.#inbox.url}/messages?limit=1`);
      return answer.status === status ? true : undefined;
    });
  }

  async #whole(): Promise<void> {
    await assertWhole(this.#inbox.url, this.load, this.#options.random);
  }
}

async function run(options: ProofOptions): Promise<ProofResult> {
  const disk = new DiskRounds(options);
  for (let number = 0; number < options.rounds; number += 1) await disk.round(number);
  await disk.finish();
  const { acknowledged, answers } = disk.load;
  return {
    rounds: options.rounds,
    acknowledged: acknowledged.size,
    broken: disk.broken,
    figures: {
      faults: Math.min(options.rounds, FAULTS.length),
      "answered 200": answers.get(200) ?? 0,
      "answered 503": answers.get(503) ?? 0,
    },
  };
}

export const diskProof: Proof = {
  name: "disk",
  promise:
    "a disk that is full, locked, read-only or broken for a while: 503, nothing lost, goes on by itself",
  // Each fault three times.
  rounds: 3 * FAULTS.length,
  run,
};
