/** Who is so far behind on the stream goes on from now instead: the list has what is between. */
export const BEHIND_MESSAGES_MAX = 2_000;
/** Before it goes on, since it would be as far behind again: so long at first, then longer each time. */
const BEHIND_REST_MS_LEAST = 2_000;
const BEHIND_REST_MS_MOST = 10_000;

/** The rest of who is far behind again, having rested so long the last time (0 for the first). */
export function behindRestMs(lastMs: number): number {
  return Math.min(Math.max(BEHIND_REST_MS_LEAST, lastMs * 2), BEHIND_REST_MS_MOST);
}
