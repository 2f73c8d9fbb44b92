/** What is compared with what. */
import type { Engine } from "./candidates.ts";
import type { Figures } from "./figures.ts";

/** In the order in which a reader wants them. */
export const SERVERS: Readonly<Record<Engine, readonly string[]>> = {
  sqlite: ["bare", "ceiling", "lyftr", "naive"],
  postgres: ["bare", "ceiling", "lyftr-no-search", "lyftr", "lyftr-two", "naive-no-counters", "naive"],
};

/** With streams open: the same service without any is beside it. */
export const FOLLOWED = ["lyftr", "lyftr-streams"] as const;

interface Ratio {
  readonly server: string;
  readonly of: string;
  readonly figure: (figures: Figures) => number | null;
}

const rate = (figures: Figures): number => figures.requestsPerSecond;
const p99 = (figures: Figures): number => figures.p99Ms;
const cpu = (figures: Figures): number | null => figures.cpuUs;

const ON_BOTH: Readonly<Record<string, Ratio>> = {
  of_ceiling: { server: "lyftr", of: "ceiling", figure: rate },
  of_naive: { server: "lyftr", of: "naive", figure: rate },
  cpu_of_ceiling: { server: "lyftr", of: "ceiling", figure: cpu },
  p99_of_ceiling: { server: "lyftr", of: "ceiling", figure: p99 },
  streams_of_none: { server: "lyftr-streams", of: "lyftr", figure: rate },
  p99_streams_of_none: { server: "lyftr-streams", of: "lyftr", figure: p99 },
  ceiling_of_bare: { server: "ceiling", of: "bare", figure: rate },
};

/** By their names in the results. The median of the ratios taken round by round, so that a drift of the machine's speed cancels out. */
export const RATIOS: Readonly<Record<Engine, Readonly<Record<string, Ratio>>>> = {
  sqlite: ON_BOTH,
  postgres: {
    ...ON_BOTH,
    no_search_of_ceiling: { server: "lyftr-no-search", of: "ceiling", figure: rate },
    no_search_of_naive: { server: "lyftr-no-search", of: "naive", figure: rate },
    no_search_of_naive_no_counters: { server: "lyftr-no-search", of: "naive-no-counters", figure: rate },
    two_of_one: { server: "lyftr-two", of: "lyftr", figure: rate },
    p99_two_of_one: { server: "lyftr-two", of: "lyftr", figure: p99 },
  },
};
