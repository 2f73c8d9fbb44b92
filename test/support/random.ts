import type { TestContext } from "node:test";

export interface Random {
  /** From 0 up to, not including, `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** The same numbers for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed;
  // mulberry32: 32 bits of state are plenty for choosing moments.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: (items) => items[below(items.length)] as (typeof items)[number] };
}

export function inAnyOrder<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => [random.below(2 ** 30), item] as const);
  return keyed.toSorted(([a], [b]) => a - b).map(([, item]) => item);
}

/** The seed is the environment variable `name`, else any; it is printed, so that what failed once can be had again. */
export function seededRandom(t: TestContext, name: string): Random {
  const seed = Number(process.env[name] ?? anySeed());
  t.diagnostic(`${name}=${seed}`);
  return randomFrom(seed);
}

export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
