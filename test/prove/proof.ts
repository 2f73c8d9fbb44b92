/** What each proof of `npm run prove` takes and gives; test/prove.test.ts runs the short form of each. */
import type { Random } from "../support/random.ts";

export interface ProofOptions {
  /** How often it tries; what a round is, each proof says. */
  readonly rounds: number;
  /** Every choice of the proof comes from it, so that a seed repeats a run as far as a race can be repeated. */
  readonly random: Random;
  /** An empty folder of its own, removed by whoever runs the proof. */
  readonly folder: string;
  /** Shows how far it is; called often, and cheap. `done` of `rounds`, and what it is doing. */
  readonly progress: (done: number, doing: string) => void;
}

export interface ProofResult {
  /** Rounds that were run. */
  readonly rounds: number;
  /** Messages that were answered with 200 over all rounds. */
  readonly acknowledged: number;
  /** What broke a promise, in words that name the round and the message; empty when all held. */
  readonly broken: readonly string[];
  /** Figures for the summary table, by name. */
  readonly figures: Readonly<Record<string, string | number>>;
}

export interface Proof {
  /** As `npm run prove -- --only NAME` takes it. */
  readonly name: string;
  /** One line for the summary table: what is promised. */
  readonly promise: string;
  /** Rounds of the full proof. */
  readonly rounds: number;
  readonly run: (options: ProofOptions) => Promise<ProofResult>;
}
