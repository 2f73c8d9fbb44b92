/** Of one step between two signs of progress: some 100 ms. */
export const SLICE_MESSAGES = 10_000;

/** Ids above the first and up to the second of each pair. */
export function* slices(above: number, upTo: number): Generator<readonly [above: number, upTo: number]> {
  for (let from = above; from < upTo; from += SLICE_MESSAGES)
    yield [from, Math.min(from + SLICE_MESSAGES, upTo)];
}
