/** How long the answers to one question took at one server. */
export interface Timing {
  /** The first time since the server's start; null where that is not measured. */
  coldMs: number | null;
  /** The later times; of a question whose first time counts, the first times of its forms. */
  readonly ms: number[];
  /** Answers that were no 200, such as a read that ran out of its time. */
  refused: number;
}

/** Null where it was refused. */
export function medianMs(timing: Timing | undefined): number | null {
  if (timing === undefined || timing.refused > 0) return null;
  const median = medianOf(timing.ms);
  return median === undefined ? null : round(median);
}

export function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** To the thousandth. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
