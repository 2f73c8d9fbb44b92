/**
 * Killed at chosen moments under load, round after round on the same files: nothing acknowledged is lost, and nothing whose erasure
 * was acknowledged is anywhere.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ErasureFigures } from "./erasure-figures.ts";
import { assertSound, Inbox } from "./inbox.ts";
import { killedAtFirstStart, STAGES } from "./kill-stages.ts";
import { ProofLoad } from "./load.ts";
import { bytesLeft, marksInFolder } from "./marks.ts";
import type { Proof, ProofOptions, ProofResult } from "./proof.ts";
import { assertWhole } from "./recount.ts";
import { until } from "../support/until.ts";

/** Then on fresh files: a round lists all there is. */
const ROUNDS_ON_SAME_FILES = 10;
/** In a hundred posts. */
const ERASE_PERCENT = 2;
const FIRST_STAGE = "start on nothing";

class Killer {
  readonly broken: string[] = [];
  acknowledged = 0;
  readonly #erased = new ErasureFigures();
  readonly #options: ProofOptions;
  readonly #tries = new Map<string, number>();
  readonly #hits = new Map<string, number>();
  #inbox: Inbox | undefined;
  #roundsOnFiles = 0;
  #load: ProofLoad;

  constructor(options: ProofOptions) {
    this.#options = options;
    this.#load = this.#newLoad();
  }

  async round(number: number): Promise<void> {
    const { random, folder, progress, rounds } = this.#options;
    const isFirst = this.#inbox === undefined || this.#roundsOnFiles >= ROUNDS_ON_SAME_FILES;
    if (isFirst) {
      await this.finish();
      this.#inbox = new Inbox(join(folder, `files-${number}`));
      this.#load = this.#newLoad();
      this.#roundsOnFiles = 0;
    }
    this.#roundsOnFiles += 1;
    const inbox = this.#inbox as Inbox;
    const stage = isFirst ? FIRST_STAGE : random.pick(Object.keys(STAGES));
    progress(number, `killing it: ${stage}`);
    const round = { inbox, load: this.#load, random };
    try {
      const run = STAGES[stage] ?? killedAtFirstStart;
      const hit = inbox.shim.hits(await run(round)) > 0;
      this.#count(stage, hit);
      inbox.shim.clear();
      assert.deepEqual(this.#bytesLeft(inbox), [], "bytes of what was erased");
      if ((await inbox.start()) !== "ready") throw new Error("it died by itself");
      await assertWhole(inbox.url, this.#load, random);
      // What an erasure that was cut short had erased, the start makes good.
      await until("no byte of what was erased to be left", () => this.#bytesLeft(inbox).length === 0);
    } catch (error) {
      this.broken.push(`round ${number + 1} of ${rounds}, ${stage}: ${String(error)}`);
      // What follows would fail alike on these files.
      this.#roundsOnFiles = ROUNDS_ON_SAME_FILES;
    }
  }

  /** Looks at the files that were used until now, and leaves them. */
  async finish(): Promise<void> {
    if (this.#inbox === undefined) return;
    await this.#inbox.close();
    this.acknowledged += this.#load.acknowledged.size;
    this.#erased.add(this.#load.erasures);
    const odd = [...this.#load.answers.keys()].filter((status) => status !== 200 && status !== 503);
    if (odd.length > 0) this.broken.push(`messages were answered with ${odd.join(", ")}`);
    try {
      assertSound(this.#inbox.databasePath);
    } catch (error) {
      this.broken.push(`the files of ${this.#inbox.folder}: ${String(error)}`);
    }
  }

  #bytesLeft({ databasePath }: Inbox): string[] {
    const { erasedNanos, sentMeanwhile } = this.#load.erasures;
    const folder = dirname(databasePath);
    const ids = [...erasedNanos.keys()].filter((id) => !sentMeanwhile.has(id));
    return existsSync(folder) ? bytesLeft(marksInFolder(folder), ids) : [];
  }

  figures(): ProofResult["figures"] {
    const names = [FIRST_STAGE, ...Object.keys(STAGES)];
    const hits = names.map(
      (name) => [name, `${this.#hits.get(name) ?? 0} of ${this.#tries.get(name) ?? 0} hit`] as const,
    );
    return { ...Object.fromEntries(hits), ...this.#erased.figures() };
  }

  #newLoad(): ProofLoad {
    const load = new ProofLoad(this.#options.random);
    load.erasePercent = ERASE_PERCENT;
    return load;
  }

  #count(stage: string, hit: boolean): void {
    this.#tries.set(stage, (this.#tries.get(stage) ?? 0) + 1);
    if (hit) this.#hits.set(stage, (this.#hits.get(stage) ?? 0) + 1);
  }
}

async function run(options: ProofOptions): Promise<ProofResult> {
  const killer = new Killer(options);
  for (let number = 0; number < options.rounds; number += 1) await killer.round(number);
  await killer.finish();
  return {
    rounds: options.rounds,
    acknowledged: killer.acknowledged,
    broken: killer.broken,
    figures: killer.figures(),
  };
}

export const killProof: Proof = {
  name: "kill",
  promise:
    "kill -9 at any moment loses, doubles and invents nothing, and brings nothing back that was erased",
  rounds: 200,
  run,
};
