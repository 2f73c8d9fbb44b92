/** Load that goes on beside whatever a proof does to the database. */
import { until } from "../../support/until.ts";
import type { ProofLoad } from "../load.ts";

const CONNECTIONS = 8;
/** In a hundred posts. */
const ERASE_PERCENT = 2;

export interface RunningLoad {
  /** Resolves when so many more were acknowledged. */
  acknowledged(more: number): Promise<void>;
  /** Resolves when every answer is in. */
  stop(): Promise<void>;
}

/** Spread over the processes; what is refused is sent again. */
export function runLoad(load: ProofLoad, urls: readonly string[]): RunningLoad {
  let isOn = true;
  load.insists = true;
  load.erasePercent = ERASE_PERCENT;
  const running = Promise.all(urls.map((url) => load.run(url, CONNECTIONS, () => !isOn)));
  return {
    async acknowledged(more) {
      const enough = load.acknowledged.size + more;
      await until(`${more} more are acknowledged`, () => load.acknowledged.size >= enough);
    },
    async stop() {
      isOn = false;
      await running;
    },
  };
}
