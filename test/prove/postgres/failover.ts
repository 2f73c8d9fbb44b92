/** A primary killed under load and its synchronous standby promoted: the service finds it, and nothing acknowledged is missing, be it stored or erased. */
import { join } from "node:path";
import { Pair } from "../../support/postgres-pair.ts";
import { startProgram } from "../../support/program.ts";
import { ErasureFigures } from "../erasure-figures.ts";
import { ProofLoad } from "../load.ts";
import type { Proof, ProofOptions, ProofResult } from "../proof.ts";
import { assertWhole } from "../recount.ts";
import { withLifetime } from "../service.ts";
import { differencesOf } from "../../support/differences.ts";
import { runLoad } from "./run-load.ts";

/** Acknowledged before the primary is killed, by chance up to twice as many; and again before the load ends. */
const MESSAGES_BEFORE_KILL = 150;
/** Then on an empty pair: a round lists all there is. */
const ROUNDS_ON_SAME_PAIR = 10;

class Failover {
  readonly broken: string[] = [];
  acknowledged = 0;
  readonly erased = new ErasureFigures();
  backMsMax = 0;
  refused = 0;
  readonly #options: ProofOptions;

  constructor(options: ProofOptions) {
    this.#options = options;
  }

  /** So many rounds on one pair and one process of the service, which is never started again. */
  async rounds(first: number, count: number): Promise<void> {
    const { random, folder } = this.#options;
    await withLifetime(async (lifetime) => {
      const pair = await Pair.start(join(folder, `pair-${first}`));
      lifetime.after(() => pair.stop());
      const program = await startProgram(lifetime, { cwd: folder, env: { DATABASE_URL: pair.url } });
      const load = new ProofLoad(random);
      try {
        for (let number = first; number < first + count; number += 1) {
          await this.#round(number, pair, program.url, load);
          if (number < first + count - 1) await pair.rebuild();
        }
        await program.stop("SIGTERM");
      } finally {
        this.acknowledged += load.acknowledged.size;
        this.erased.add(load.erasures);
        this.refused += load.answers.get(503) ?? 0;
        const odd = [...load.answers.keys()].filter((status) => status !== 200 && status !== 503);
        if (odd.length > 0) this.broken.push(`messages were answered with ${odd.join(", ")}`);
      }
      this.broken.push(...(await differencesOf(pair.primaryUrl)));
      if (/deadlock/i.test(pair.log())) this.broken.push("a server met a deadlock");
    });
  }

  async #round(number: number, pair: Pair, url: string, load: ProofLoad): Promise<void> {
    const { random, progress } = this.#options;
    const tell = (doing: string): void => progress(number, doing);
    tell("loading the primary");
    const running = runLoad(load, [url]);
    await running.acknowledged(MESSAGES_BEFORE_KILL + random.below(MESSAGES_BEFORE_KILL));
    tell("killing the primary");
    await pair.lose();
    const lost = performance.now();
    tell("promoting the standby");
    await pair.promote();
    await running.acknowledged(1);
    this.backMsMax = Math.max(this.backMsMax, performance.now() - lost);
    await running.acknowledged(MESSAGES_BEFORE_KILL);
    await running.stop();
    tell("counting");
    await assertWhole(url, load, random);
  }
}

async function run(options: ProofOptions): Promise<ProofResult> {
  const failover = new Failover(options);
  for (let first = 0; first < options.rounds; first += ROUNDS_ON_SAME_PAIR)
    await failover.rounds(first, Math.min(ROUNDS_ON_SAME_PAIR, options.rounds - first));
  const { acknowledged, broken, refused, backMsMax, erased } = failover;
  return {
    rounds: options.rounds,
    acknowledged,
    broken,
    figures: {
      "answers of 503": refused,
      "from kill to 200 at most, ms": Math.round(backMsMax),
      ...erased.figures(),
    },
  };
}

export const failoverProof: Proof = {
  name: "failover",
  promise:
    "a primary killed and its synchronous standby promoted: all that was acknowledged is there, and nothing that was erased",
  rounds: 10,
  run,
};
